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
}

/**
 * How long a running sync will take, as things are: at the pace so far, pauses apart, or at the one that the provider's quota allows,
 * whichever is slower. What is stored already costs no quota. Null while nobody can tell.
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
  return Math.ceil(Math.max(atPace ?? 0, byQuota ?? 0));
}
