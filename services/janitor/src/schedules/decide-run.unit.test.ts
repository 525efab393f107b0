import { isSyncIdOf } from "@millrace/shared/events/identifiers";
import type { Schedule } from "@millrace/shared/schedules/schedule";
import { describe, expect, it } from "vitest";
import { type DueRun, decideRun, mayLookFirst } from "./decide-run.ts";
import { nextIntervalSeconds, withJitter } from "./next-interval.ts";

const nowMs = Date.parse("2026-03-01T12:00:00.000Z");
const minuteMs = 60_000;
const limits = { minSeconds: 60, idleSeconds: 1_800, idlePushSeconds: 21_600 };
const ref = { tenantId: "acme", accountId: "acc_1" };
const every = (seconds: number): Schedule => ({ kind: "interval", seconds, mode: "auto" });
const adaptive: Schedule = { kind: "adaptive", mode: "auto" };

const given = (run: Partial<DueRun> = {}): DueRun => ({
  ref,
  schedule: adaptive,
  plannedMs: nowMs - 10,
  intervalSeconds: 300,
  watermark: "100",
  isActive: false,
  isPending: false,
  foundChanges: false,
  lastSyncedMs: nowMs - minuteMs,
  isPushed: false,
  ...run,
});
const decide = (run: Partial<DueRun>, hasChanged: boolean | null = null, random = 0.5, at = nowMs) =>
  decideRun(given(run), hasChanged, { nowMs: at, random }, limits);

describe("the sync of a run", () => {
  it("is the same one however often the run is decided, another one for another time, and of its account", () => {
    const first = decide({}).request;
    const again = decide({}, null, 0.9, nowMs + minuteMs).request;
    expect(again?.syncId).toBe(first?.syncId);
    expect(decide({ plannedMs: nowMs - 9 }).request?.syncId).not.toBe(first?.syncId);
    expect(isSyncIdOf(ref, first?.syncId ?? "")).toBe(true);
    expect(first).toMatchObject({ mode: "auto", trigger: "schedule" });
  });

  it("has the schedule's mode", () => {
    expect(decide({ schedule: { ...every(60), mode: "full" } }).request?.mode).toBe("full");
  });

  it.each([
    ["the last one has not ended", { isPending: true }],
    ["another one runs, and the schedule is adaptive", { isActive: true }],
    ["there is no copy yet, and the schedule is adaptive", { watermark: null }],
  ])("is not asked for when %s, and the next time comes", (_, run) => {
    const { request, nextRunMs } = decide(run);
    expect(request).toBeNull();
    expect(nextRunMs).toBeGreaterThan(nowMs);
  });

  it("that somebody planned is asked for also without a copy, and beside another one", () => {
    const run = { schedule: every(60), watermark: null, isActive: true };
    expect(decide(run).request).not.toBeNull();
    expect(decide({ ...run, isPending: true }).request).toBeNull();
  });

  it("is not asked for when the provider says that nothing has changed", () => {
    expect(decide({}, false).request).toBeNull();
    expect(decide({}, true).request).not.toBeNull();
  });

  it("is asked for without a look where a look cannot save it, and once a day in any case", () => {
    expect(mayLookFirst(given(), nowMs)).toBe(true);
    expect(mayLookFirst(given({ lastSyncedMs: nowMs - 24 * 60 * minuteMs }), nowMs)).toBe(false);
    expect(mayLookFirst(given({ lastSyncedMs: null }), nowMs)).toBe(false);
    expect(mayLookFirst(given({ watermark: null, schedule: every(60) }), nowMs)).toBe(false);
    expect(mayLookFirst(given({ schedule: { ...every(60), mode: "full" } }), nowMs)).toBe(false);
    expect(mayLookFirst(given({ isPending: true }), nowMs)).toBe(false);
  });
});

describe("the next time", () => {
  it.each([0, 1, 59.9, 60, 60.1, 12_345])(
    "of an interval that is %d s late is on its grid, later than now",
    (lateSeconds) => {
      const plannedMs = nowMs - lateSeconds * 1_000;
      const next = decide({ schedule: every(60), plannedMs }).nextRunMs as number;
      expect(next).toBeGreaterThan(nowMs);
      expect(next).toBeLessThanOrEqual(nowMs + minuteMs);
      expect((next - plannedMs) % minuteMs).toBe(0);
    },
  );

  it("of a cron schedule that missed days is the next one from now", () => {
    const schedule: Schedule = {
      kind: "cron",
      expression: "0 3 * * *",
      timeZone: "Europe/Berlin",
      mode: "auto",
    };
    const { nextRunMs } = decide({ schedule, plannedMs: Date.parse("2026-02-20T02:00:00Z") });
    expect(new Date(nextRunMs as number).toISOString()).toBe("2026-03-02T02:00:00.000Z");
  });

  it("of an adaptive one is a fifth more or less than its distance", () => {
    const waits = [0, 0.5, 0.999_999]
      .map((random) => decide({}, null, random).nextRunMs as number)
      .map((ms) => ms - nowMs);
    expect(waits[0]).toBe(480_000);
    expect(waits[1]).toBe(600_000);
    expect(waits[2]).toBeGreaterThan(719_000);
  });

  it("is none where there is no schedule", () => {
    expect(decide({ schedule: { kind: "none", mode: "auto" } })).toMatchObject({
      request: null,
      nextRunMs: null,
    });
  });
});

describe("an adaptive distance", () => {
  const idle = { foundChanges: false, isPushed: false };

  it("doubles while nothing happens, and grows slowly from half of its limit on, up to it", () => {
    let seconds = 60;
    const seen = Array.from({ length: 20 }, () => (seconds = nextIntervalSeconds(seconds, idle, limits)));
    expect(seen.slice(0, 6)).toEqual([120, 240, 480, 900, 945, 993]);
    expect(seen.slice(-2)).toEqual([1_800, 1_800]);
    const quiet = seen.slice(0, seen.indexOf(1_800)).reduce((sum, one) => sum + one, 0);
    expect(quiet / 1_800).toBeGreaterThan(10); // silent for many times as long as it is not looked at
  });

  it("is neither below the least nor above the limit, whatever these are", () => {
    for (const [minSeconds, idleSeconds] of [
      [1, 1],
      [60, 60],
      [60, 70],
      [90, 60],
      [1, 2],
    ] as const) {
      const narrow = { minSeconds, idleSeconds, idlePushSeconds: idleSeconds };
      for (let seconds = 1, turn = 0; turn < 40; turn++) {
        seconds = nextIntervalSeconds(seconds, idle, narrow);
        expect(seconds).toBeGreaterThanOrEqual(Math.min(minSeconds, idleSeconds));
        expect(seconds).toBeLessThanOrEqual(idleSeconds);
        if (turn === 39) expect(seconds).toBe(idleSeconds);
      }
    }
  });

  it("grows further where we are told of changes, and shrinks at once where we are no more", () => {
    expect(nextIntervalSeconds(21_600, { ...idle, isPushed: true }, limits)).toBe(21_600);
    expect(nextIntervalSeconds(21_600, idle, limits)).toBe(1_800);
  });

  it("is the least after changes, told by the last sync or by a look", () => {
    expect(decide({ intervalSeconds: 1_800, foundChanges: true }).intervalSeconds).toBe(60);
    expect(decide({ intervalSeconds: 1_800 }, true).intervalSeconds).toBe(60);
    expect(decide({ intervalSeconds: 60, foundChanges: true }, false).intervalSeconds).toBe(120);
  });

  it("never leaves a fifth around it", () => {
    for (let random = 0; random < 1; random += 0.01) {
      expect(withJitter(100, random)).toBeGreaterThanOrEqual(80);
      expect(withJitter(100, random)).toBeLessThanOrEqual(120);
    }
  });
});
