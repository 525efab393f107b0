import { expect, it } from "vitest";
import { estimateSecondsLeft } from "./estimate-seconds-left.ts";

const startedAt = new Date("2026-01-01T00:00:00Z");
const running = {
  status: "running" as const,
  startedAt,
  pausedMs: 0,
  listed: 10_000,
  listingComplete: true,
  estimatedTotal: null,
  settled: 2_000,
  stored: 2_000,
};
const estimate = (
  more: Partial<typeof running> | object = {},
  messagesPerMinute: number | null = null,
  seconds = 10,
) => {
  const sync = { ...running, ...more };
  // Nothing is dealt with of chunks that are open, unless it is said otherwise.
  return estimateSecondsLeft(
    { handled: sync.settled, ...sync },
    messagesPerMinute,
    startedAt.getTime() + 1_000 * seconds,
  );
};

it("is at the pace so far where there is no quota", () => {
  expect(estimate()).toBe(40);
});

it("counts what is dealt with of chunks that are open", () => {
  expect(estimate({ handled: 5_000 })).toBe(10);
  expect(estimate({ settled: 0, stored: 0, handled: 9_000 })).toBe(2);
  expect(estimate({ settled: 0, stored: 0, handled: 9_000 }, 300)).toBe(200);
});

it("does not take a pause for slowness", () => {
  expect(estimate({ pausedMs: 8 * 3_600_000 }, null, 8 * 3_600 + 10)).toBe(40);
});

it("is what the quota takes as long as that is slower: the first minute's messages come at once", () => {
  expect(estimate({ settled: 300, stored: 300 }, 300, 2)).toBe(1_940);
});

it("is at the pace so far when others use the quota too", () => {
  expect(estimate({ settled: 300, stored: 300 }, 300, 600)).toBe(Math.ceil((9_700 * 600) / 300));
});

it("takes what was stored before for nothing", () => {
  expect(estimate({ stored: 0 }, 300, 10)).toBe(40);
  expect(estimate({ stored: 1_000 }, 300, 10)).toBe(800);
});

it("is known from the start where the quota says it, and unknown where nothing does", () => {
  expect(estimate({ settled: 0, stored: 0 }, 300, 0)).toBe(2_000);
  expect(estimate({ settled: 0, stored: 0 })).toBe(null);
  expect(estimate({ listed: 500, listingComplete: false, settled: 500, stored: 500 })).toBe(null);
});

it("counts by the provider's estimate until the listing is complete", () => {
  expect(estimate({ listed: 2_500, listingComplete: false, estimatedTotal: 4_000 })).toBe(10);
});

it("is nothing when all is settled, and null of what does not run", () => {
  expect(estimate({ settled: 10_000, stored: 10_000 })).toBe(0);
  for (const status of ["requested", "queued", "paused", "completed"])
    expect(estimate({ status })).toBe(null);
  expect(estimate({ startedAt: null })).toBe(null);
});

it("is nothing that anybody can tell once all attempts of a minute have failed, however soon the next one is", () => {
  const at = (seconds: number) => new Date(startedAt.getTime() + seconds * 1_000).toISOString();
  // As it was seen: eleven minutes, the newest attempt moments ago, and a pace that would take longer than until the next one.
  const last = { listed: 50, settled: 46, stored: 46 };
  const trouble = { since: at(120), at: at(775), nextAt: at(800) };
  expect(estimate({ ...last, trouble: { ...trouble, since: undefined } }, null, 780)).toBe(68);
  expect(estimate({ ...last, trouble }, null, 780)).toBeNull();
  const early = { since: at(120), at: at(150), nextAt: at(152) };
  expect(estimate({ ...last, settled: 10, trouble: early }, null, 160)).toBe(640);
});

it("is nothing that anybody can tell while the rest waits longer for another attempt than it would take", () => {
  const at = (seconds: number) => new Date(startedAt.getTime() + seconds * 1_000).toISOString();
  const last = { settled: 9_900, stored: 9_900 };
  const trouble = { at: at(8), nextAt: at(55) };
  expect(estimate({ ...last, trouble: null })).toBe(1);
  expect(estimate({ ...last, trouble })).toBeNull();
  // The next attempt is being made, and the one before it was long ago.
  expect(estimate({ ...last, trouble }, null, 60)).toBeNull();
  expect(estimate({ ...last, trouble: { at: at(8), nextAt: null } })).toBeNull();
  // One chunk of many: the others go on.
  expect(estimate({ settled: 1_000, stored: 1_000, trouble })).toBe(90);
});
