import type { SyncResource } from "../sync-resource.ts";

/** A running sync with the given progress, for tests. */
export function syncWith(
  progress: Partial<SyncResource["progress"]>,
  fields: Partial<Omit<SyncResource, "progress">> = {},
): SyncResource {
  return {
    id: "sync-1",
    accountId: "account-1",
    status: "running",
    lane: "bulk",
    startedAt: null,
    endedAt: null,
    coalescedInto: null,
    paused: null,
    trouble: null,
    failure: null,
    ledger: { listed: 0, stored: 0, unchanged: 0, gone: 0, deadLettered: 0, balanced: true },
    ...fields,
    progress: {
      listed: 0,
      listingComplete: false,
      estimatedTotal: null,
      settled: 0,
      stored: 0,
      unchanged: 0,
      gone: 0,
      deadLettered: 0,
      secondsLeft: null,
      ...progress,
    },
  };
}
