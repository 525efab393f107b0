import type { RetentionTaskName } from "@millrace/shared/retention/retention-task-names";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import { removeDeadLetters } from "./letters/remove-dead-letters.ts";
import { removeDeletedMessages } from "./remove-deleted-messages.ts";
import { removeEndedKeys, removeEndedTokens } from "./remove-ended-secrets.ts";
import { removeLeftAccounts } from "./remove-left-accounts.ts";
import { removeOrphanBlobs } from "./remove-orphan-blobs.ts";
import { removeRows } from "./remove-rows.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";
import {
  activityRule,
  auditRule,
  deliveryRule,
  idempotencyRule,
  linkRule,
  noteRules,
  type RowRule,
  requestRule,
  runRules,
  traceRules,
  verificationRule,
} from "./row-rules.ts";
import { removeOldSyncs } from "./syncs/remove-old-syncs.ts";

export type RetentionConfig = Pick<
  z.output<typeof janitorConfigSchema>,
  | "RETENTION_SECONDS"
  | "RETENTION_SCHEDULES"
  | "RETENTION_RUN_SECONDS"
  | "RETENTION_RUN_ROWS"
  | "RETAIN_FINISHED_SYNCS_DAYS"
  | "RETAIN_FAILED_SYNCS_DAYS"
  | "RETAIN_DEAD_LETTERS_DAYS"
  | "RETAIN_OPEN_LETTERS_DAYS"
  | "RETAIN_IDEMPOTENCY_KEYS_DAYS"
  | "RETAIN_DELETED_DAYS"
  | "RETAIN_ORPHANS_HOURS"
  | "RETAIN_AUDIT_DAYS"
  | "RETAIN_WEBHOOKS_DAYS"
>;

/** One kind of care that retention takes. Each can be done again at any time, and be cut off anywhere. */
export type RunTask = (ports: RetentionPorts, scope: RetentionScope) => Promise<void>;

/** How often a task is done by its schedule. */
export const everySecondsOf = (
  config: Pick<RetentionConfig, "RETENTION_SECONDS" | "RETENTION_SCHEDULES">,
  task: RetentionTaskName,
): number => config.RETENTION_SCHEDULES[task] ?? config.RETENTION_SECONDS;

/** Tasks that are nothing but rules over rows, with the periods of the configuration. */
export const rowRules = (config: RetentionConfig) =>
  ({
    traces: traceRules,
    requests: [requestRule(config.RETAIN_FINISHED_SYNCS_DAYS)],
    "idempotency-keys": [idempotencyRule(config.RETAIN_IDEMPOTENCY_KEYS_DAYS)],
    verifications: [verificationRule],
    notes: noteRules(config.RETAIN_AUDIT_DAYS),
    "audit-entries": [auditRule(config.RETAIN_AUDIT_DAYS)],
    "webhook-deliveries": [deliveryRule(config.RETAIN_WEBHOOKS_DAYS)],
    "connect-links": [linkRule],
    activity: [activityRule],
    "retention-runs": runRules,
  }) as const satisfies Partial<Record<RetentionTaskName, readonly RowRule[]>>;

/** What each task does, with the periods of the configuration. */
export function retentionTasks(config: RetentionConfig): Readonly<Record<RetentionTaskName, RunTask>> {
  const syncs = {
    finishedDays: config.RETAIN_FINISHED_SYNCS_DAYS,
    failedDays: config.RETAIN_FAILED_SYNCS_DAYS,
  };
  const letters = {
    settledDays: config.RETAIN_DEAD_LETTERS_DAYS,
    openDays: config.RETAIN_OPEN_LETTERS_DAYS,
  };
  const ruled = Object.fromEntries(
    Object.entries(rowRules(config)).map(([name, rules]) => [name, rows(rules)]),
  ) as Record<keyof ReturnType<typeof rowRules>, RunTask>;
  return {
    ...ruled,
    messages: (ports, scope) => removeDeletedMessages(ports, config.RETAIN_DELETED_DAYS, scope),
    syncs: (ports, scope) => removeOldSyncs(ports, syncs, scope),
    "dead-letters": (ports, scope) => removeDeadLetters(ports, letters, scope),
    blobs: (ports, scope) => removeOrphanBlobs(ports, config.RETAIN_ORPHANS_HOURS, scope),
    "browser-tokens": (ports, scope) => removeEndedTokens(ports, scope),
    "api-keys": (ports, scope) => removeEndedKeys(ports, config.RETAIN_AUDIT_DAYS, scope),
    "removed-accounts": (ports, scope) => removeLeftAccounts(ports, config.RETAIN_AUDIT_DAYS, scope),
  };
}

const rows =
  (rules: readonly RowRule[]): RunTask =>
  async ({ pool }, scope) => {
    for (const rule of rules) await removeRows(pool, rule, scope);
  };
