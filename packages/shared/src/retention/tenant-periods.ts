import { z } from "zod";

export interface PeriodRange {
  /** What is kept for so long, as a sentence begins. */
  readonly what: string;
  /** In days. */
  readonly min: number;
  readonly max: number;
  /** Why it is not less, or not more, for whoever asks for that. */
  readonly why?: string;
}

const daysMax = 36_500;
const period = (what: string, range: Partial<PeriodRange> = {}): PeriodRange => ({
  what,
  min: 1,
  max: daysMax,
  ...range,
});
const rebuilt = "a rebuild counts the activity of the last days out of their facts";

/** Between which numbers of days each period may be: the same for a tenant's own and for everybody's (`RETAIN_…`). */
export const periodRanges = {
  finishedSyncsDays: period(
    "How long completed, partial, cancelled and coalesced syncs are kept after their end",
    { min: 7, why: rebuilt },
  ),
  failedSyncsDays: period("How long failed syncs are kept after their end", { min: 7, why: rebuilt }),
  deletedMessagesDays: period("How long messages are kept that were deleted in the mailbox"),
  deadLettersDays: period("How long dead letters are kept after they were settled, where their sync is kept"),
  openDeadLettersDays: period(
    "How long open dead letters wait for somebody to want something of them, until they are discarded; 0: for ever",
    { min: 0 },
  ),
  idempotencyKeysDays: period("For how long an idempotency key names the sync that it was used for"),
  auditDays: period("How long is kept who has asked for what, and what happened to accounts"),
  accountStatesDays: period(
    "How long facts are kept that say how an account stood, once newer ones say how it stands",
    { min: 40, why: "a log that is restored from an older copy tells of them once more" },
  ),
  verificationsDays: period(
    "How long comparisons of a mailbox with the store are kept; the newest of an account stays",
  ),
  tracesDays: period(
    "How long marks are kept of messages that are gone and of labels that were taken off, which keep late answers from bringing them back",
  ),
  webhookDeliveriesDays: period("How long is kept what webhook endpoints were told", {
    min: 4,
    why: "it is tried for three days",
  }),
  connectLinksDays: period("How long links to connect a mailbox are kept after they have expired", {
    max: 90,
    why: "they bear addresses of people",
  }),
  browserTokensDays: period("How long the hashes of browser tokens are kept after their end", {
    max: 90,
    why: "they are of secrets, and of no use any more",
  }),
  activityDays: period("How long the counts of each minute's activity are kept", {
    min: 7,
    max: 90,
    why: "a rebuild compares the last days, and each day is a table",
  }),
  retentionRunsDays: period("How long is kept what runs of retention have removed", {
    min: 14,
    why: "the next run by schedule follows from the one before, a week ago at most",
  }),
} as const satisfies Readonly<Record<string, PeriodRange>>;

export type PeriodName = keyof typeof periodRanges;
export const periodNames = Object.keys(periodRanges) as readonly PeriodName[];

/** A value for each period. */
export const eachPeriod = <Value>(
  make: (name: PeriodName, range: PeriodRange) => Value,
): Record<PeriodName, Value> =>
  Object.fromEntries(periodNames.map((name) => [name, make(name, periodRanges[name])])) as Record<
    PeriodName,
    Value
  >;

/** "must be 7 to 36500 days: …" */
export const rangeInWords = ({ min, max, why }: PeriodRange): string =>
  `must be ${min} to ${max} days${why === undefined ? "" : `: ${why}`}`;

const describe = ({ what, why }: PeriodRange): string =>
  `${what}, in days${why === undefined ? "" : ` (bounded because ${why})`}`;

function inRange(range: PeriodRange) {
  const words = rangeInWords(range);
  return z.int(words).min(range.min, words).max(range.max, words).describe(describe(range));
}

/**
 * Periods that a tenant has of its own; what it does not name is as it is for everybody (`RETAIN_…`). As it is stored: a release
 * before, or after, may have had other bounds and other names.
 */
export const tenantPeriodsSchema = z
  .object(eachPeriod((_, range) => z.int().describe(describe(range))))
  .partial()
  .meta({ id: "RetentionPeriods" });

/** A change of some of them: null makes one as it is for everybody again, and what is not named stays. */
export const periodsChangeSchema = z
  .strictObject(eachPeriod((_, range) => inRange(range).nullable()))
  .partial()
  .meta({ id: "RetentionPeriodsChange" });

export type TenantPeriods = z.infer<typeof tenantPeriodsSchema>;

/** Periods for everybody: those that hold where a tenant has none of its own. */
export type DefaultPeriods = Readonly<Record<PeriodName, number>>;
