import type { Logger } from "@millrace/shared/runtime/create-logger";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { byClock, createClockTrust } from "./trust-clock.ts";

const minuteMs = 60_000;
const told: string[] = [];
const note = (fields: { readonly event: string }): void => void told.push(fields.event);
const log = { ...silentLogger, error: note, info: note } as unknown as Logger;

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(() => {
  told.length = 0;
});

const clockThatIsOff = (ms: number) =>
  createClockTrust({ pool: world.pool, log, nowMs: () => Date.now() + ms });

it.each([
  [0, true],
  [4 * minuteMs, true],
  [-4 * minuteMs, true],
  [6 * minuteMs, false],
  [-6 * minuteMs, false],
  [400 * 86_400_000, false],
])("a clock that is off by %d ms: trusted %s", async (ms, isTrusted) => {
  expect(await clockThatIsOff(ms)()).toBe(isTrusted);
  expect(told).toEqual(isTrusted ? [] : ["clock.refused"]);
});

it("a task is passed over while the clock is wrong, which is said once, and done again when it is right", async () => {
  let offMs = 400 * 86_400_000;
  let elapsedMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => elapsedMs);
  try {
    const isTrusted = createClockTrust({ pool: world.pool, log, nowMs: () => Date.now() + offMs });
    let runs = 0;
    const task = byClock(isTrusted, { name: "t", everySeconds: 1, lock: 1, run: async () => void runs++ });
    const turn = async (): Promise<void> => {
      await task.run(new AbortController().signal);
      elapsedMs += 10_001;
    };
    await turn();
    await turn();
    expect([runs, told]).toEqual([0, ["clock.refused"]]);
    offMs = 0;
    await turn();
    expect([runs, told]).toEqual([1, ["clock.refused", "clock.trusted"]]);
  } finally {
    vi.restoreAllMocks();
  }
});

it("a clock that is set is compared anew at once, and a moment that it told before is judged by itself", async () => {
  let offMs = 0;
  const isTrusted = createClockTrust({ pool: world.pool, log, nowMs: () => Date.now() + offMs });
  expect(await isTrusted()).toBe(true);
  offMs = 400 * 86_400_000;
  expect(await isTrusted()).toBe(false);
  expect(await isTrusted(Date.now())).toBe(true);
  expect(await isTrusted(Date.now() + offMs)).toBe(false);
  expect(await isTrusted(Date.now() - offMs)).toBe(false);
  offMs = 0;
  expect(await isTrusted()).toBe(true);
});
