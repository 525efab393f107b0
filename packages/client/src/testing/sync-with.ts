import type { Sync } from "../resources.ts";

/** A sync for tests, running unless it is said otherwise. */
export function syncWith(progress: Partial<Sync["progress"]> = {}, more: Partial<Sync> = {}): Sync {
  const base = {
    id: "syn_1",
    accountId: "acc_1",
    status: "running",
    paused: null,
    trouble: null,
    failure: null,
    coalescedInto: null,
    requestedAt: "2026-01-01T00:00:00.000Z",
    startedAt: "2026-01-01T00:00:01.000Z",
    endedAt: null,
    progress: {
      listed: 0,
      listingComplete: false,
      estimatedTotal: null,
      settled: 0,
      handled: progress.settled ?? 0,
      stored: 0,
      unchanged: 0,
      gone: 0,
      deadLettered: 0,
      chunksListed: 0,
      chunksSettled: 0,
      redriving: 0,
      secondsLeft: null,
      stillSeconds: null,
      stillAfterSeconds: 30,
      ...progress,
    },
    version: "1-1",
    ...more,
  };
  return base as Sync;
}
