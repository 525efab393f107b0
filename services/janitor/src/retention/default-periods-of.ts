import {
  type DefaultPeriods,
  eachPeriod,
  type PeriodName,
  periodRanges,
} from "@millrace/shared/retention/tenant-periods";
import { envInt } from "@millrace/shared/runtime/parse-config";

/** The variable of each period. */
const variables = {
  finishedSyncsDays: "RETAIN_FINISHED_SYNCS_DAYS",
  failedSyncsDays: "RETAIN_FAILED_SYNCS_DAYS",
  deletedMessagesDays: "RETAIN_DELETED_DAYS",
  deadLettersDays: "RETAIN_DEAD_LETTERS_DAYS",
  openDeadLettersDays: "RETAIN_OPEN_LETTERS_DAYS",
  idempotencyKeysDays: "RETAIN_IDEMPOTENCY_KEYS_DAYS",
  auditDays: "RETAIN_AUDIT_DAYS",
  accountStatesDays: "RETAIN_ACCOUNT_STATES_DAYS",
  verificationsDays: "RETAIN_VERIFICATIONS_DAYS",
  tracesDays: "RETAIN_TRACES_DAYS",
  webhookDeliveriesDays: "RETAIN_WEBHOOKS_DAYS",
  connectLinksDays: "RETAIN_CONNECT_LINKS_DAYS",
  browserTokensDays: "RETAIN_BROWSER_TOKENS_DAYS",
  activityDays: "RETAIN_ACTIVITY_DAYS",
  retentionRunsDays: "RETAIN_RUNS_DAYS",
} as const satisfies Readonly<Record<PeriodName, string>>;

export type PeriodsConfig = Readonly<Record<(typeof variables)[PeriodName], number>>;

/** For how long things are kept where their tenant says nothing else, in days. */
export const defaultPeriodsOf = (config: PeriodsConfig): DefaultPeriods =>
  eachPeriod((name) => config[variables[name]]);

/** A period for everybody in a variable: between the numbers that a tenant's own is between. */
export function envPeriod(name: PeriodName) {
  const { min, max } = periodRanges[name];
  return envInt(min, max);
}
