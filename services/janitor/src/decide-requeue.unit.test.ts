import type { ActiveSync } from "@millrace/shared/events/account-course";
import { noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { emptyLedger } from "@millrace/shared/events/ledger";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import { describe, expect, it } from "vitest";
import { decideRequeue, missingChunks, type QueueSituation } from "./decide-requeue.ts";

const active: ActiveSync = {
  syncId: "s1",
  mode: "full",
  requestedMode: "auto",
  scope: {},
  chunkSize: 2,
  windowChunks: 3,
  content: "full",
  baseline: "1",
  startedAt: "2026-01-01T00:00:00.000Z",
};
const page: Page = {
  type: "page.listed",
  syncId: "s1",
  pageNumber: 0,
  messageIds: ["a", "b", "c", "d", "e", "f", "g"],
  nextPageToken: null,
  firstChunk: 0,
  chunkCount: 4,
  chunkSize: 2,
  listedBefore: 0,
  estimatedTotal: null,
};
const situation = (more: Partial<QueueSituation>): QueueSituation => ({
  ref: { tenantId: "acme", accountId: "acc_1" },
  active,
  progress: noProgress,
  newestPage: page,
  queued: new Set(),
  ...more,
});
const afterFirst = settleChunk(noProgress, 0, { ...emptyLedger, listed: 2, stored: 2 }) ?? noProgress;

describe("missing chunks", () => {
  it("are those that the window has released and that are neither settled nor queued", () => {
    expect(missingChunks(situation({}))).toEqual([0, 1, 2]);
    expect(missingChunks(situation({ queued: new Set([1]) }))).toEqual([0, 2]);
    expect(missingChunks(situation({ progress: afterFirst }))).toEqual([1, 2, 3]);
  });

  it("are never beyond what is listed", () => {
    expect(missingChunks(situation({ newestPage: null }))).toEqual([]);
    expect(missingChunks(situation({ active: { ...active, windowChunks: 100 } }))).toEqual([0, 1, 2, 3]);
  });
});

describe("putting chunks back", () => {
  it("queues each with its own ids, and records which and why", () => {
    const effects = decideRequeue(situation({}), [1, 3], [page], 77);
    expect(effects).toMatchObject([
      { kind: "enqueue", dedupeId: "s1.work.1.requeued-77", item: { messageIds: ["c", "d"] } },
      { kind: "enqueue", dedupeId: "s1.work.3.requeued-77", item: { messageIds: ["g"] } },
      { kind: "append", fact: { type: "chunk.requeued", chunkIndexes: [1, 3] } },
    ]);
  });

  it("leaves alone what no known page holds", () => {
    expect(decideRequeue(situation({}), [9], [page], 77)).toEqual([]);
  });
});
