import { type PeriodName, periodNames } from "@millrace/shared/retention/tenant-periods";
import { renderTable } from "../terminal/table.ts";
import type { PeriodsInForce } from "./periods-of-tenant.ts";

const words: Readonly<Record<PeriodName, string>> = {
  finishedSyncsDays: "finished syncs",
  failedSyncsDays: "failed syncs",
  deletedMessagesDays: "deleted messages",
  deadLettersDays: "settled dead letters",
  openDeadLettersDays: "open dead letters",
  idempotencyKeysDays: "idempotency keys",
  auditDays: "audit trail",
  accountStatesDays: "former states of accounts",
  verificationsDays: "comparisons",
  tracesDays: "traces",
  webhookDeliveriesDays: "webhook deliveries",
  connectLinksDays: "expired connect links",
  browserTokensDays: "ended browser tokens",
  activityDays: "activity",
  retentionRunsDays: "runs of retention",
};

interface PeriodsShown {
  /** Of these alone. */
  readonly names?: readonly PeriodName[];
  /** Of the terminal. */
  readonly columns?: number | undefined;
}

/** One period a line, with the name by which it is set. */
export function renderPeriods(
  periods: PeriodsInForce,
  { names = periodNames, columns }: PeriodsShown = {},
): string {
  const rows = names.flatMap((name) => {
    const period = periods[name];
    if (period === undefined) return [];
    const { days, from, defaultDays } = period;
    const whose =
      from === "installation" ? "everybody's" : `the tenant's own; everybody's: ${daysOf(defaultDays)}`;
    return [[words[name], daysOf(days), whose, name]];
  });
  return renderTable(["KEPT", "FOR", "FROM", "NAME"], rows, { columns });
}

const daysOf = (days: number | null): string =>
  days === null ? "not known yet" : days === 0 ? "ever" : days === 1 ? "1 day" : `${days} days`;
