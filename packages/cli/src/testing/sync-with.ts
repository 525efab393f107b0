import type { Sync } from "@millrace/client";

/** A running sync with the given progress, for tests. */
export function syncWith(
  progress: Partial<Sync["progress"]>,
  fields: Partial<Omit<Sync, "progress">> = {},
): Sync {
  const self = "/v1/syncs/sync-1";
  return {
    id: "sync-1",
    accountId: "account-1",
    status: "running",
    mode: "full",
    requestedMode: "auto",
    stage: "listing",
    trigger: "api",
    scope: { chunkSize: null, query: null, labelIds: null },
    content: "full",
    lane: "bulk",
    requestedAt: null,
    startedAt: null,
    endedAt: null,
    coalescedInto: null,
    repairOf: null,
    paused: null,
    trouble: null,
    failure: null,
    watermark: null,
    ledger: { listed: 0, stored: 0, unchanged: 0, gone: 0, deadLettered: 0, balanced: true },
    version: "1-1",
    traceId: "0".repeat(32),
    links: {
      self,
      stream: `${self}/stream`,
      events: `${self}/events`,
      chunks: `${self}/chunks`,
      deadLetters: "/v1/dead-letters?syncId=sync-1",
      pause: `${self}/pause`,
      resume: `${self}/resume`,
      cancel: `${self}/cancel`,
      retry: `${self}/retry`,
    },
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
      chunksListed: 0,
      chunksSettled: 0,
      secondsLeft: null,
      ...progress,
    },
  };
}
