import type { AcceptedSync } from "../load/sync-register.ts";

/** How long before a wipe an event may have been accepted and still have been known to nobody but the broker. */
const unreadMaxMs = 30_000;

/** No fact has reached it. */
export const unknownStatus = "unknown";

/** A sync that has not ended, with its last known state. */
export interface OpenSync {
  readonly sync: AcceptedSync;
  readonly status: string;
}

export interface StuckJudgement {
  readonly stuck: readonly OpenSync[];
  readonly lostWithBroker: readonly OpenSync[];
}

/**
 * Whether a sync is an event that was lost with the broker's disk before any service had read it: nobody else knew of
 * it. Pure.
 *
 * @param wipesAtMs when streams of requests or facts were deleted
 */
export function isLostWithBroker({ sync, status }: OpenSync, wipesAtMs: readonly number[]): boolean {
  return (
    status === unknownStatus &&
    sync.how === "event" &&
    wipesAtMs.some((wipeMs) => wipeMs >= sync.acceptedAtMs && wipeMs - sync.acceptedAtMs <= unreadMaxMs)
  );
}

/** Which of the syncs that have not ended are Millrace's fault. Pure. */
export function judgeStuck(open: readonly OpenSync[], wipesAtMs: readonly number[]): StuckJudgement {
  const isLost = (one: OpenSync): boolean => isLostWithBroker(one, wipesAtMs);
  return { stuck: open.filter((one) => !isLost(one)), lostWithBroker: open.filter(isLost) };
}
