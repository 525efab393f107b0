import { expect, test } from "vitest";
import { syncWith } from "../testing/sync-with.ts";
import { type ProgressView, unknownProgress } from "./progress-view.ts";
import { renderLedger } from "./render-ledger.ts";
import { formatDuration, renderProgress, renderProgressLine } from "./render-progress.ts";

const half: ProgressView = {
  ...unknownProgress,
  status: "running",
  lane: "bulk",
  handled: 2_500,
  total: 5_000,
  totalIsEstimate: false,
  told: { atMs: 2_000, sync: syncWith({ secondsLeft: 3 }) },
  samples: [
    { atMs: 0, handled: 500 },
    { atMs: 2_000, handled: 2_500 },
  ],
};

test("a wide terminal shows bar, messages, rate, remaining time, lane and state", () => {
  expect(renderProgress(half, 2_000, 120)).toBe(
    `[${"█".repeat(15)}${"░".repeat(15)}] 2,500 of 5,000 (50 %) · 1,000/s · 3 s left · bulk · running`,
  );
});

test("where nothing moves the line says for how long, instead of a rate and a time", () => {
  const sync = syncWith({ settled: 2_500, listed: 5_000, secondsLeft: 120, stillSeconds: 10 });
  const still = { ...half, told: { atMs: 2_000, sync } };
  expect(renderProgressLine(still, 2_000)).toContain("1,000/s, 2 min 00 s left, bulk");
  expect(renderProgressLine(still, 92_000)).toBe(
    "2,500 of 5,000 (50 %), nothing has moved for 1 min 40 s, bulk, running",
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

const hindrance = {
  reason: "Paused by request",
  attempt: null,
  more: "`millrace resume syn_1` lets it go on",
};
const pausing = { ...half, hindrance };

test("what hinders a sync is said with what lets it go on, and not after its end", () => {
  expect(renderProgressLine(pausing, 2_000)).toContain(
    "bulk, Paused by request; `millrace resume syn_1` lets it go on, running",
  );
  expect(renderProgress(pausing, 2_000, 160)).toContain("Paused by request; `millrace resume syn_1` lets");
  expect(renderProgressLine({ ...pausing, ended: true }, 2_000)).not.toContain("Paused");
});

test("a pause has no rate", () => {
  expect(renderProgressLine({ ...pausing, status: "paused", lane: null }, 2_000)).toBe(
    "2,500 of 5,000 (50 %), Paused by request; `millrace resume syn_1` lets it go on, paused",
  );
});

test("where there is little room, rate, time, lane and bar go before the reason", () => {
  expect(renderProgress(pausing, 2_000, 80)).toContain("(50 %) · 1,000/s · Paused by request · running");
  expect(renderProgress(pausing, 2_000, 66)).toMatch(
    /^\[.{8,}\] 2,500 of 5,000 \(50 %\) · Paused by request · running$/,
  );
  expect(renderProgress(pausing, 2_000, 60)).toBe("2,500 of 5,000 (50 %) · Paused by request · running");
  expect(renderProgress(pausing, 2_000, 40)).toBe("2,500 of 5,000 (50 %) · running");
  expect(renderProgress(pausing, 2_000, 30)).toBe("Paused by request · running");
  expect(renderProgress(pausing, 2_000, 20)).toBe("Paused b… · running");
  for (let columns = 1; columns <= 160; columns += 1)
    expect(renderProgress(pausing, 2_000, columns).length).toBeLessThan(Math.max(columns, 2));
});

test("a reason is cut before bar and counts go, and which attempt it was is left out before that", () => {
  const failing = {
    ...half,
    handled: 393,
    total: 430,
    totalIsEstimate: true,
    hindrance: {
      reason: "transient: The service is currently unavailable.",
      attempt: "attempt 1, set aside after attempt 38",
      more: "9 of the messages at hand are still missing",
    },
  };
  expect(renderProgress(failing, 2_000, 80)).toBe(
    `[${"█".repeat(7)}░] 393 of about 430 (91 %) · transient: The service is curre… · running`,
  );
  expect(renderProgress(failing, 2_000, 100)).toMatch(
    /^\[.{8,}\] 393 of about 430 \(91 %\) · transient: The service is currently unavailable\. · running$/,
  );
  expect(renderProgress(failing, 2_000, 240)).toContain("after attempt 38); 9 of the messages at hand are");
  for (let columns = 34; columns <= 240; columns += 1) {
    const line = renderProgress(failing, 2_000, columns);
    expect(line).toMatch(/393 of about 430 \(91 %\).* · running$/);
    expect(line.startsWith("[")).toBe(columns >= 34 + 11 + 23);
    expect(line.length).toBeLessThan(columns);
  }
});

test("dead letters that are tried again are counted in the place of a rate", () => {
  const again = { ...half, status: "partial", handled: 5_000, deadLettered: 12, redriving: 7, lane: null };
  expect(renderProgressLine(again, 2_000)).toBe(
    "5,000 of 5,000 (100 %), 12 set aside, 7 being tried again, partial",
  );
});

test("an ended sync shows no rate, and an empty mailbox is a full bar", () => {
  const ended = { ...half, status: "completed", handled: 5_000, ended: true };
  expect(renderProgressLine(ended, 2_000)).toBe("5,000 of 5,000 (100 %), completed");
  const empty = { ...unknownProgress, status: "completed", total: 0, totalIsEstimate: false, ended: true };
  expect(renderProgress(empty, 0, 80)).toContain("█".repeat(30));
});

test("100 % is said only when all is settled", () => {
  expect(renderProgressLine({ ...half, handled: 4_999 }, 2_000)).toContain("(99 %)");
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
  const { progress } = syncWith({ settled: 1_000 });
  const whole = { ledger, progress, status: "completed" } as const;
  expect(renderLedger(whole)).toContain("  listed         1,000\n  stored           990\n");
  expect(renderLedger(whole)).toContain("The ledger balances");
  const unbalanced = { ...whole, ledger: { ...ledger, gone: 0, balanced: false } };
  expect(renderLedger(unbalanced)).toContain("1,000 listed, 995 accounted for");
});

test("the ledger of a sync that was cut short does not say that all is accounted for", () => {
  const ledger = { listed: 0, stored: 0, unchanged: 0, gone: 0, deadLettered: 0, balanced: true };
  for (const status of ["cancelled", "failed"] as const) {
    const text = renderLedger({ ledger, progress: syncWith({}).progress, status });
    expect(text).toContain("It was cut short");
    expect(text).not.toContain("every listed message");
    expect(text).not.toContain("open chunks");
  }
});

test("what a sync that was cut short had done in open chunks stands beside its ledger, as its count of messages has it", () => {
  const ledger = { listed: 430, stored: 0, unchanged: 0, gone: 0, deadLettered: 0, balanced: false };
  const { progress } = syncWith({ listed: 430, handled: 393 });
  expect(renderLedger({ ledger, progress, status: "cancelled" })).toContain(
    "  stored                 0\n  unchanged              0\n  gone                   0\n  dead-lettered          0\n" +
      "  done in open chunks  393\n  left behind           37\n",
  );
});
