import type { RetentionTaskName } from "@millrace/shared/retention/retention-task-names";
import type { z } from "zod";
import type { janitorConfigSchema } from "../config.ts";
import { defaultPeriodsOf, type PeriodsConfig } from "./default-periods-of.ts";
import { removeDeadLetters } from "./letters/remove-dead-letters.ts";
import { removeActivity } from "./remove-activity.ts";
import { removeDeletedMessages } from "./remove-deleted-messages.ts";
import { removeEndedKeys, removeEndedTokens } from "./remove-ended-secrets.ts";
import { removeLeftAccounts } from "./remove-left-accounts.ts";
import { removeOrphanBlobs } from "./remove-orphan-blobs.ts";
import { removeRows } from "./remove-rows.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";
import {
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

export type RetentionConfig = PeriodsConfig &
  Pick<
    z.output<typeof janitorConfigSchema>,
    | "RETENTION_SECONDS"
    | "RETENTION_SCHEDULES"
    | "RETENTION_RUN_SECONDS"
    | "RETENTION_RUN_ROWS"
    | "RETAIN_ORPHANS_HOURS"
  >;

/** One kind of care that retention takes. Each can be done again at any time, and be cut off anywhere. */
export type RunTask = (ports: RetentionPorts, scope: RetentionScope) => Promise<void>;

/** Tasks that are nothing but rules over rows, with the periods of the configuration. */
export function rowRules(config: RetentionConfig) {
  const periods = defaultPeriodsOf(config);
  return {
    traces: traceRules(periods.tracesDays),
    requests: [requestRule(periods.finishedSyncsDays)],
    "idempotency-keys": [idempotencyRule(periods.idempotencyKeysDays)],
    verifications: [verificationRule(periods.verificationsDays)],
    notes: noteRules(periods),
    "audit-entries": [auditRule(periods.auditDays)],
    "webhook-deliveries": [deliveryRule(periods.webhookDeliveriesDays)],
    "connect-links": [linkRule(periods.connectLinksDays)],
    "retention-runs": runRules(periods.retentionRunsDays),
  } as const satisfies Partial<Record<RetentionTaskName, readonly RowRule[]>>;
}

/** What each task does, with the periods of the configuration. */
export function retentionTasks(config: RetentionConfig): Readonly<Record<RetentionTaskName, RunTask>> {
  const periods = defaultPeriodsOf(config);
  const syncs = { finishedDays: periods.finishedSyncsDays, failedDays: periods.failedSyncsDays };
  const letters = { settledDays: periods.deadLettersDays, openDays: periods.openDeadLettersDays };
  const ruled = Object.fromEntries(
    Object.entries(rowRules(config)).map(([name, rules]) => [name, rows(rules)]),
  ) as Record<keyof ReturnType<typeof rowRules>, RunTask>;
  return {
    ...ruled,
    activity: (ports, scope) => removeActivity(ports, periods.activityDays, scope),
    messages: (ports, scope) => removeDeletedMessages(ports, periods.deletedMessagesDays, scope),
    syncs: (ports, scope) => removeOldSyncs(ports, syncs, scope),
    "dead-letters": (ports, scope) => removeDeadLetters(ports, letters, scope),
    blobs: (ports, scope) => removeOrphanBlobs(ports, config.RETAIN_ORPHANS_HOURS, scope),
    "browser-tokens": (ports, scope) => removeEndedTokens(ports, periods.browserTokensDays, scope),
    "api-keys": (ports, scope) => removeEndedKeys(ports, periods.auditDays, scope),
    "removed-accounts": (ports, scope) => removeLeftAccounts(ports, periods.auditDays, scope),
  };
}

/** All rules, one after the other. Where a run was cut off the next one goes on: in the middle of which rule, and from which time on. */
const rows =
  (rules: readonly RowRule[]): RunTask =>
  async ({ pool }, scope) => {
    const begun = reachedOf(scope.resumeAfter);
    for (const [number, rule] of rules.entries()) {
      if (number < begun.rule) continue;
      const from = number === begun.rule ? begun.since : null;
      await removeRows(pool, rule, scope, { from, onSeen: (since) => scope.reach(`${number} ${since}`) });
    }
  };

/** @param reached as a run before this one has said; null: nothing */
function reachedOf(reached: string | null): { readonly rule: number; readonly since: string | null } {
  const [, rule, since] = /^(\d+) (.+)$/.exec(reached ?? "") ?? [];
  return { rule: Number(rule ?? 0), since: since ?? null };
}
