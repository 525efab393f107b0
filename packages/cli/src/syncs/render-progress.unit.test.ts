import { expect, test } from "vitest";
import { type ProgressView, unknownProgress } from "./progress-view.ts";
import { renderLedger } from "./render-ledger.ts";
import { formatDuration, renderProgress, renderProgressLine } from "./render-progress.ts";

const half: ProgressView = {
  ...unknownProgress,
  status: "running",
  lane: "bulk",
  settled: 2_500,
  total: 5_000,
  totalIsEstimate: false,
  samples: [
    { atMs: 0, settled: 500 },
    { atMs: 2_000, settled: 2_500 },
  ],
};

test("a wide terminal shows bar, messages, rate, remaining time, lane and state", () => {
  expect(renderProgress(half, 2_000, 120)).toBe(
    `[${"█".repeat(15)}${"░".repeat(15)}] 2,500 of 5,000 (50 %) · 1,000/s · 3 s left · bulk · running`,
  );
});

test("no width makes the line wrap, and the state is the last to go", () => {
  for (let columns = 1; columns <= 120; columns += 1) {
    const line = renderProgress({ ...half, deadLettered: 3 }, 2_000, columns);
    expect(line.length).toBeLessThan(Math.max(columns, 1) + (columns === 1 ? 1 : 0));
    if (columns > 8) expect(line).toContain("running");
  }
});

test("without a terminal the same is a sentence", () => {
  expect(renderProgressLine(half, 2_000)).toBe("2,500 of 5,000 (50 %), 1,000/s, 3 s left, bulk, running");
  expect(renderProgressLine(unknownProgress, 0)).toBe("0 messages, connecting");
});

test("what hinders a sync is said, and is the first to go where there is little room", () => {
  const hindrance = "transient: 503";
  expect(renderProgressLine({ ...half, hindrance }, 2_000)).toContain("bulk, transient: 503, running");
  expect(renderProgress({ ...half, hindrance }, 2_000, 120)).toContain("transient: 503");
  expect(renderProgress({ ...half, hindrance }, 2_000, 60)).not.toContain("transient: 503");
  expect(renderProgressLine({ ...half, hindrance, ended: true }, 2_000)).not.toContain("503");
});

test("an ended sync shows no rate, and an empty mailbox is a full bar", () => {
  const ended = { ...half, status: "completed", settled: 5_000, ended: true };
  expect(renderProgressLine(ended, 2_000)).toBe("5,000 of 5,000 (100 %), completed");
  const empty = { ...unknownProgress, status: "completed", total: 0, totalIsEstimate: false, ended: true };
  expect(renderProgress(empty, 0, 80)).toContain("█".repeat(30));
});

test("100 % is said only when all is settled", () => {
  expect(renderProgressLine({ ...half, settled: 4_999 }, 2_000)).toContain("(99 %)");
});

test("durations read well from seconds to hours", () => {
  expect([0.2, 59, 61, 3_600, 7_800].map(formatDuration)).toEqual([
    "1 s",
    "59 s",
    "1 min 01 s",
    "1 h 00 min",
    "2 h 10 min",
  ]);
});

test("the ledger table says whether it balances, and by how much it does not", () => {
  const ledger = { listed: 1_000, stored: 990, unchanged: 5, gone: 5, deadLettered: 0, balanced: true };
  expect(renderLedger(ledger)).toContain("  listed         1,000\n  stored           990\n");
  expect(renderLedger(ledger)).toContain("The ledger balances");
  expect(renderLedger({ ...ledger, gone: 0, balanced: false })).toContain("1,000 listed, 995 accounted for");
});
