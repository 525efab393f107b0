import type { SyncStatus } from "../resources/sync.ts";

/** What is known of a sync's progress; see the resource. */
export interface KnownProgress {
  readonly status: SyncStatus;
  readonly startedAt: Date | null;
  /** Since it started. */
  readonly pausedMs: number;
  readonly listed: number;
  readonly listingComplete: boolean;
  readonly estimatedTotal: number | null;
  readonly settled: number;
  readonly stored: number;
  /** What failed last, if nothing has gone well since; ISO 8601. */
  readonly trouble?: { readonly at: string; readonly nextAt: string | null } | null;
}

/**
 * How long a running sync will take, as things are: at the pace so far, pauses apart, or at the one that the provider's quota allows,
 * whichever is slower. What is stored already costs no quota. Null while nobody can tell: also while what is left waits for
 * another attempt for longer than it would take.
 *
 * @param messagesPerMinute what the quota of one account allows; null: there is none
 */
export function estimateSecondsLeft(
  sync: KnownProgress,
  messagesPerMinute: number | null,
  nowMs: number,
): number | null {
  const { startedAt, pausedMs, listed, listingComplete, settled, stored } = sync;
  if (sync.status !== "running" || startedAt === null) return null;
  const total = listingComplete ? listed : Math.max(listed, sync.estimatedTotal ?? 0);
  const left = Math.max(0, total - settled);
  if (left === 0) return listingComplete ? 0 : null;
  const elapsedSeconds = Math.max(0, nowMs - startedAt.getTime() - pausedMs) / 1_000;
  const atPace = settled === 0 ? null : (left * elapsedSeconds) / settled;
  const fetchedShare = settled === 0 ? 1 : stored / settled;
  const byQuota = messagesPerMinute === null ? null : (60 * left * fetchedShare) / messagesPerMinute;
  if (atPace === null && byQuota === null) return null;
  const seconds = Math.ceil(Math.max(atPace ?? 0, byQuota ?? 0));
  return seconds < waitSeconds(sync, nowMs) ? null : seconds;
}

/** From when it failed until the next attempt, or until now. */
function waitSeconds({ trouble }: KnownProgress, nowMs: number): number {
  if (trouble == null) return 0;
  const untilMs = Math.max(nowMs, trouble.nextAt === null ? nowMs : Date.parse(trouble.nextAt));
  return (untilMs - Date.parse(trouble.at)) / 1_000;
}
