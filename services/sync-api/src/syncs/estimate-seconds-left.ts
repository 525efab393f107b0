import type { SyncStatus } from "../resources/sync.ts";
import type { Stillness } from "./stillness.ts";

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
  /** With what is dealt with of chunks that are open. */
  readonly handled: number;
  readonly stored: number;
  /** For how long it has been still; see stillness.ts. */
  readonly stillness?: Stillness;
  /** What failed last, before a pause as well, if nothing has gone well since; `since`: and what failed first. ISO 8601. */
  readonly trouble?: { readonly at: string; readonly since?: string; readonly nextAt: string | null } | null;
}

/** Where nothing has been dealt with for so long, and attempts failed, the pace until then says nothing of what is to come. */
const stillSecondsMax = 60;

/**
 * How long a running sync will take, as things are: at the pace so far, pauses apart, or at the one that the provider's quota allows,
 * whichever is slower. What is stored already costs no quota. Null while nobody can tell: also when it has
 * been still for too long, once nothing but failed attempts has come of it for a minute, and while what is left waits for another attempt for longer than it would take.
 *
 * @param messagesPerMinute what the quota of one account allows; null: there is none
 */
export function estimateSecondsLeft(
  sync: KnownProgress,
  messagesPerMinute: number | null,
  nowMs: number,
): number | null {
  const { startedAt, pausedMs, listed, listingComplete, settled, handled, stored } = sync;
  if (sync.status !== "running" || startedAt === null) return null;
  const total = listingComplete ? listed : Math.max(listed, sync.estimatedTotal ?? 0);
  const left = Math.max(0, total - handled);
  if (left === 0) return listingComplete ? 0 : null;
  const elapsedSeconds = Math.max(0, nowMs - startedAt.getTime() - pausedMs) / 1_000;
  const atPace = handled === 0 ? null : (left * elapsedSeconds) / handled;
  const fetchedShare = settled === 0 ? 1 : stored / settled;
  const byQuota = messagesPerMinute === null ? null : (60 * left * fetchedShare) / messagesPerMinute;
  if (atPace === null && byQuota === null) return null;
  const seconds = Math.ceil(Math.max(atPace ?? 0, byQuota ?? 0));
  return isStill(sync, seconds, nowMs) ? null : seconds;
}

/**
 * Attempts may follow each other within seconds: what counts is since when all of them have failed, not when the last one did.
 *
 * @param seconds that what is left would take
 */
function isStill({ trouble, stillness }: KnownProgress, seconds: number, nowMs: number): boolean {
  if (stillness !== undefined && (stillness.seconds ?? 0) > stillness.afterSeconds) return true;
  if (trouble == null) return false;
  const sinceMs = Date.parse(trouble.since ?? trouble.at);
  const untilMs = Math.max(nowMs, trouble.nextAt === null ? nowMs : Date.parse(trouble.nextAt));
  return nowMs - sinceMs > 1_000 * stillSecondsMax || untilMs - sinceMs > 1_000 * seconds;
}
