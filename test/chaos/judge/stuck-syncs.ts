import type { AcceptedSync } from "../load/sync-register.ts";

/** No fact has reached it. */
export const unknownStatus = "unknown";

/** A sync that has not ended, with its last known state. */
export interface OpenSync {
  readonly sync: AcceptedSync;
  readonly status: string;
}

/** Streams of requests or of facts were deleted. */
export interface Wipe {
  /** From when on it was looked what the streams held. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Event syncs that were in those streams and, as far as can be known, nowhere else. */
  readonly syncIds: ReadonlySet<string>;
}

export interface StuckJudgement {
  readonly stuck: readonly OpenSync[];
  readonly lostWithBroker: readonly OpenSync[];
}

/**
 * Whether a sync is an event that was lost with the broker's data: it was in a stream that was deleted, or came while
 * it was, and nothing of it had reached Postgres. Requests over HTTP are in Postgres before they are accepted. Pure.
 */
export function isLostWithBroker({ sync, status }: OpenSync, wipes: readonly Wipe[]): boolean {
  const { id, how, acceptedAtMs } = sync;
  return (
    status === unknownStatus &&
    how === "event" &&
    wipes.some(
      ({ beganAtMs, endedAtMs, syncIds }) =>
        syncIds.has(id) || (acceptedAtMs >= beganAtMs && acceptedAtMs <= endedAtMs),
    )
  );
}

/** Which of the syncs that have not ended are Millrace's fault. Pure. */
export function judgeStuck(open: readonly OpenSync[], wipes: readonly Wipe[]): StuckJudgement {
  const isLost = (one: OpenSync): boolean => isLostWithBroker(one, wipes);
  return { stuck: open.filter((one) => !isLost(one)), lostWithBroker: open.filter(isLost) };
}
