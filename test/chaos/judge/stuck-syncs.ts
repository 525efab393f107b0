import type { AcceptedSync } from "../load/sync-register.ts";

/** How long before a wipe an event may have been accepted and still have been known to nobody but the broker. */
const unreadMaxMs = 30_000;

export interface OpenSync {
  readonly sync: AcceptedSync;
  readonly status: string;
}

export interface StuckJudgement {
  readonly stuck: readonly OpenSync[];
  /** Events that were lost with the broker's disk before any service had read them: nobody else knew of them. */
  readonly lostWithBroker: readonly OpenSync[];
}

/**
 * Which of the syncs that have not ended are Millrace's fault. Pure.
 *
 * @param wipesAtMs when streams of requests or facts were deleted
 */
export function judgeStuck(open: readonly OpenSync[], wipesAtMs: readonly number[]): StuckJudgement {
  const isLost = ({ sync, status }: OpenSync): boolean =>
    status === "unknown" &&
    sync.how === "event" &&
    wipesAtMs.some((wipeMs) => wipeMs >= sync.acceptedAtMs && wipeMs - sync.acceptedAtMs <= unreadMaxMs);
  return { stuck: open.filter((one) => !isLost(one)), lostWithBroker: open.filter(isLost) };
}
