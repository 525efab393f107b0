import { describe, expect, it } from "vitest";
import type { Overview, Sync } from "../resources.ts";
import { syncWith } from "../testing/sync-with.ts";
import { isNobodyWorking, timeLeft } from "./time-left.ts";
import { toldAtMs } from "./told-at-ms.ts";

const told = { secondsLeft: 120, stillSeconds: 5, stillAfterSeconds: 30 };
const after = (
  seconds: number,
  progress: Partial<Sync["progress"]> = {},
  more: Partial<Sync> = {},
  isLive = true,
) =>
  timeLeft(syncWith({ ...told, ...progress }, more), {
    toldAtMs: 1_000,
    nowMs: 1_000 + seconds * 1_000,
    isLive,
  });

describe("time left", () => {
  it("is what was told, less what has passed since", () => {
    expect(after(0)).toEqual({ kind: "left", seconds: 120 });
    expect(after(20)).toEqual({ kind: "left", seconds: 100 });
  });

  it("is none any more once nothing has moved for too long, and since when is said", () => {
    expect(after(25)).toEqual({ kind: "left", seconds: 95 });
    expect(after(26)).toEqual({ kind: "still", seconds: 31 });
    expect(after(115)).toEqual({ kind: "still", seconds: 120 });
    expect(after(0, { stillSeconds: 300, secondsLeft: null })).toEqual({ kind: "still", seconds: 300 });
  });

  it("waits longer where chunks take longer", () => {
    expect(after(100, { stillAfterSeconds: 150 })).toEqual({ kind: "left", seconds: 20 });
    expect(after(146, { stillAfterSeconds: 150 })).toEqual({ kind: "still", seconds: 151 });
  });

  it("says nothing of stillness where a change would not have been heard of", () => {
    expect(after(60, {}, {}, false)).toEqual({ kind: "left", seconds: 60 });
    expect(after(600, {}, {}, false)).toEqual({ kind: "unknown" });
    expect(after(600, { stillSeconds: 40 }, {}, false)).toEqual({ kind: "still", seconds: 40 });
  });

  it.each(["requested", "queued", "paused", "completed", "partial", "failed", "cancelled"] as const)(
    "is none of a sync that is %s, however long it has been so",
    (status) => {
      expect(after(9_999, { secondsLeft: null, stillSeconds: null }, { status })).toEqual({ kind: "none" });
    },
  );

  it("is unknown where nobody can tell, and when what was told is over", () => {
    expect(after(0, { secondsLeft: null })).toEqual({ kind: "unknown" });
    expect(after(20, { secondsLeft: 10 })).toEqual({ kind: "unknown" });
    expect(after(20, { secondsLeft: 0 })).toEqual({ kind: "left", seconds: 0 });
  });

  it("goes by its own watching where an older API does not tell since when", () => {
    const { stillSeconds: _, stillAfterSeconds: __, ...older } = syncWith(told).progress;
    const sync = { ...syncWith(), progress: older as Sync["progress"] };
    const at = (seconds: number) => timeLeft(sync, { toldAtMs: 0, nowMs: seconds * 1_000, isLive: true });
    expect([at(60), at(61)]).toEqual([
      { kind: "left", seconds: 60 },
      { kind: "still", seconds: 61 },
    ]);
  });

  it("is not made negative by a clock that is set back", () => {
    expect(after(-60)).toEqual({ kind: "left", seconds: 120 });
  });
});

describe("no worker takes chunks", () => {
  const lane = (oldestSeconds: number | null) => ({ lane: "bulk" as const, waiting: 8, oldestSeconds });
  const overview = (more: object = {}) =>
    ({ lanes: [lane(null), lane(100)], messagesPerSecond: 0, syncs: { failing: 0 }, ...more }) as Overview;

  it("is said when chunks wait, none is settled and none fails", () => {
    expect(isNobodyWorking(overview(), 95)).toBe(true);
  });

  it.each([
    ["something is settled", { messagesPerSecond: 0.1 }, 95],
    ["attempts fail", { syncs: { failing: 1 } }, 95],
    ["nothing waits", { lanes: [lane(null)] }, 95],
    ["what waits has come just now", { lanes: [lane(5)] }, 95],
    ["an attempt may not be through", {}, 60],
  ])("is not said when %s", (_, more, seconds) => {
    expect(isNobodyWorking(overview(more), seconds)).toBe(false);
  });
});

it("a state was told when it was seen first, and another object of it is another telling", async () => {
  const sync = syncWith();
  const first = toldAtMs(sync);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(toldAtMs(sync)).toBe(first);
  expect(toldAtMs({ ...sync })).toBeGreaterThan(first);
});
