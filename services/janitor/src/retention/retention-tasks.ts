import type { RetentionTaskName } from "@millrace/shared/retention/retention-task-names";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import { removeDeadLetters } from "./letters/remove-dead-letters.ts";
import { removeDeletedMessages } from "./remove-deleted-messages.ts";
import { removeOrphanBlobs } from "./remove-orphan-blobs.ts";
import { removeRows } from "./remove-rows.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";
import {
  activityRule,
  auditRule,
  deliveryRule,
  linkRule,
  noteRules,
  type RowRule,
  requestRule,
  runRules,
  traceRules,
} from "./row-rules.ts";
import { removeOldSyncs } from "./syncs/remove-old-syncs.ts";

export type RetentionConfig = Pick<
  z.output<typeof janitorConfigSchema>,
  | "RETENTION_SECONDS"
  | "RETENTION_SCHEDULES"
  | "RETAIN_FINISHED_SYNCS_DAYS"
  | "RETAIN_FAILED_SYNCS_DAYS"
  | "RETAIN_DEAD_LETTERS_DAYS"
  | "RETAIN_OPEN_LETTERS_DAYS"
  | "RETAIN_DELETED_DAYS"
  | "RETAIN_ORPHANS_HOURS"
  | "RETAIN_AUDIT_DAYS"
  | "RETAIN_WEBHOOKS_DAYS"
>;

/** One kind of care that retention takes. Each can be done again at any time, and be cut off anywhere. */
export type RunTask = (ports: RetentionPorts, scope: RetentionScope) => Promise<void>;

/** What each task does, with the periods of the configuration. */
export function retentionTasks(config: RetentionConfig): Readonly<Record<RetentionTaskName, RunTask>> {
  const finishedDays = config.RETAIN_FINISHED_SYNCS_DAYS;
  const settledDays = config.RETAIN_DEAD_LETTERS_DAYS;
  const openDays = config.RETAIN_OPEN_LETTERS_DAYS;
  const failedDays = config.RETAIN_FAILED_SYNCS_DAYS;
  return {
    messages: (ports, scope) => removeDeletedMessages(ports, config.RETAIN_DELETED_DAYS, scope),
    syncs: (ports, scope) => removeOldSyncs(ports, { finishedDays, failedDays }, scope),
    "dead-letters": (ports, scope) => removeDeadLetters(ports, { settledDays, openDays }, scope),
    blobs: (ports, scope) => removeOrphanBlobs(ports, config.RETAIN_ORPHANS_HOURS, scope),
    traces: rows(...traceRules),
    requests: rows(requestRule(finishedDays)),
    notes: rows(...noteRules(config.RETAIN_AUDIT_DAYS)),
    "audit-entries": rows(auditRule(config.RETAIN_AUDIT_DAYS)),
    "webhook-deliveries": rows(deliveryRule(config.RETAIN_WEBHOOKS_DAYS)),
    "connect-links": rows(linkRule),
    activity: rows(activityRule),
    "retention-runs": rows(...runRules),
  };
}

const rows =
  (...rules: readonly RowRule[]): RunTask =>
  async ({ pool }, scope) => {
    for (const rule of rules) await removeRows(pool, rule, scope);
  };
