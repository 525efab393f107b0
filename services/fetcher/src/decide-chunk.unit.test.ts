import { noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { emptyLedger } from "@millrace/shared/events/ledger";
import type { ProviderFault } from "@millrace/shared/providers/mail-provider";
import { describe, expect, it } from "vitest";
import { type ClaimedChunk, decideChunk } from "./decide-chunk.ts";
import { addReports, emptyReport, type FetchReport, governingFault } from "./fetch-report.ts";

const moment = { nowMs: 1_000_000, random: 0.5 };
const chunk: ClaimedChunk = {
  ref: { tenantId: "acme", accountId: "acc_1" },
  lane: "bulk",
  attempt: 2,
  item: { syncId: "s1", chunkIndex: 3, pageNumber: 0, messageIds: ["a", "b", "c", "d"], content: "full" },
};
const all: FetchReport = { ...emptyReport, stored: 1, unchanged: 1, gone: 1, deadLettered: 1 };
const fault = (category: ProviderFault["category"], retryAtMs?: number): ProviderFault => ({
  category,
  message: "x",
  retryAtMs,
});
const open = (...faults: ProviderFault[]) => faults.map((one, i) => ({ id: `m${i}`, fault: one }));

describe("a chunk of which every message is accounted for", () => {
  it("is settled with its share of the ledger and the checkpoint after it", () => {
    const outcome = decideChunk(chunk, all, { progress: noProgress, seq: 41 }, moment);
    expect(outcome).toMatchObject({
      kind: "done",
      effects: [
        {
          expectedSeq: 41,
          eventId: "s1.chunk.3.fetched",
          fact: {
            type: "chunk.fetched",
            attempt: 2,
            ledger: { listed: 4, stored: 1, unchanged: 1, gone: 1, deadLettered: 1 },
            progress: { settled: [[3, 3]], settledCount: 1, ledger: { listed: 4 } },
          },
        },
      ],
    });
  });

  it("is settled once: another delivery that was faster leaves nothing to do", () => {
    const progress = settleChunk(noProgress, 3, { ...emptyLedger, listed: 4, stored: 4 }) ?? noProgress;
    expect(decideChunk(chunk, all, { progress, seq: 41 }, moment).kind).toBe("ignore");
  });
});

describe("a chunk with open messages", () => {
  it("is never settled, whatever else of it is stored", () => {
    for (const category of [
      "rate_limited",
      "transient",
      "token_expired",
      "consent_lost",
      "unknown",
    ] as const) {
      const report = { ...all, stored: 0, open: open(fault(category)) };
      expect(["retry", "defer"]).toContain(
        decideChunk(chunk, report, { progress: noProgress, seq: 0 }, moment).kind,
      );
    }
  });

  it("comes back when the most patient of its faults says", () => {
    expect(governingFault([])).toBeNull();
    const faults = open(
      fault("transient"),
      fault("rate_limited", 5),
      fault("rate_limited", 9),
      fault("unknown"),
    );
    expect(governingFault(faults)).toMatchObject({ category: "rate_limited", retryAtMs: 9 });
  });
});

describe("a chunk that comes again", () => {
  const delayOf = (report: FetchReport): number => {
    const outcome = decideChunk({ ...chunk, attempt: 6 }, report, { progress: noProgress, seq: 0 }, moment);
    return outcome.kind === "retry" ? outcome.delayMs : -1;
  };

  it("waits longer with each delivery that achieved nothing, and little after one that got further", () => {
    const stuck = { ...emptyReport, stored: 2, storedBefore: 2, open: open(fault("transient")) };
    expect(delayOf(stuck)).toBe(8_000);
    expect(delayOf({ ...stuck, stored: 3 })).toBe(250);
    expect(delayOf({ ...stuck, gone: 1, deadLettered: 1 })).toBe(8_000); // those count again each time
  });
});

describe("a chunk that does not add up", () => {
  it("is an error, not a settled chunk", () => {
    const short = { ...all, stored: 0 };
    expect(() => decideChunk(chunk, short, { progress: noProgress, seq: 0 }, moment)).toThrow(
      /does not balance/,
    );
  });
});

describe("a chunk that nobody needs any more", () => {
  it("is acknowledged", () => {
    expect(decideChunk(chunk, null, { progress: noProgress, seq: 0 }, moment).kind).toBe("ignore");
  });
});

describe("reports", () => {
  it("add up", () => {
    expect(addReports(all, { ...all, open: open(fault("unknown")) })).toEqual({
      stored: 2,
      unchanged: 2,
      gone: 2,
      deadLettered: 2,
      storedBefore: 0,
      open: open(fault("unknown")),
    });
  });
});
