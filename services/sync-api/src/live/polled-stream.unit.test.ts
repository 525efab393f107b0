import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Pace, PolledStream, type Reading } from "./polled-stream.ts";
import { defaultStreamLimits, type StreamLimits } from "./stream-limits.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pace: Pace = { everyMsMin: 100, everyMsMax: null };

/** A source that counts: each reading is its number, or what is said of it. */
function open({
  pace: own = pace,
  say = () => ({}),
  ...limits
}: Partial<StreamLimits> & {
  pace?: Pace;
  say?: (reading: number) => Partial<Reading> | Promise<Partial<Reading>>;
} = {}) {
  const state = { readings: 0 };
  const source = {
    read: async (): Promise<Reading> => {
      const number = ++state.readings;
      return { events: [`event ${number}\n`], isMore: false, lastWords: null, ...(await say(number)) };
    },
  };
  const stream = new PolledStream({
    source,
    pace: own,
    limits: { ...defaultStreamLimits, ...limits },
    log: silentLogger,
  });
  const texts: string[] = [];
  stream.setEncoding("utf8");
  return {
    stream,
    state,
    texts,
    /** The client takes all that comes. */
    flow: () => stream.on("data", (text: string) => void texts.push(...text.split("\n").filter(Boolean))),
    told: () => texts.filter((text) => !/^retry|^:/.test(text)),
  };
}

test("it reads at once, then when it is rung, and not more often than it may", async () => {
  const { stream, state, flow, told } = open();
  flow();
  await stream.begin();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.readings).toBe(1);
  stream.ring();
  stream.ring();
  await vi.advanceTimersByTimeAsync(0);
  expect(told()).toEqual(["event 1", "event 2"]);
  for (let ms = 0; ms < 1_000; ms += 10) {
    stream.ring();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(state.readings).toBe(12);
});

test("it reads after a while also when nobody rings, where that is asked for", async () => {
  const { stream, state, flow } = open({ pace: { everyMsMin: 1_000, everyMsMax: 5_000 } });
  flow();
  await stream.begin();
  await vi.advanceTimersByTimeAsync(15_100);
  expect(state.readings).toBe(4);
});

test("it reads on while there is more", async () => {
  const { stream, flow, told } = open({ say: (reading) => ({ isMore: reading < 4 }) });
  flow();
  await stream.begin();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told()).toEqual(["event 1", "event 2", "event 3", "event 4"]);
});

test("it reads nothing for a client that takes nothing, and all that it missed is one reading", async () => {
  const { stream, state, flow, told } = open();
  await stream.begin();
  for (let ms = 0; ms < 2_000; ms += 100) {
    stream.ring();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(state.readings).toBe(1);
  flow();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told()).toEqual(["event 1", "event 2"]);
});

test("a ring that comes while it reads is not lost", async () => {
  const held = Promise.withResolvers<Partial<Reading>>();
  const { stream, flow, told } = open({ say: (reading) => (reading === 2 ? held.promise : {}) });
  flow();
  await stream.begin();
  stream.ring();
  await vi.advanceTimersByTimeAsync(200);
  stream.ring();
  held.resolve({});
  await vi.advanceTimersByTimeAsync(200);
  expect(told()).toEqual(["event 1", "event 2", "event 3"]);
});

test("what it cannot read the first time is the caller's, later it tries again, more and more slowly", async () => {
  const refused = open({ say: () => Promise.reject(new Error("no")) });
  await expect(refused.stream.begin()).rejects.toThrow("no");
  const { stream, state, flow, told } = open({
    say: (reading) => (reading > 1 && reading < 5 ? Promise.reject(new Error("away")) : {}),
  });
  flow();
  await stream.begin();
  stream.ring();
  for (let ms = 0; ms < 30_000; ms += 50) {
    stream.ring();
    await vi.advanceTimersByTimeAsync(50);
    if (told().length === 2) break;
  }
  expect(told()).toEqual(["event 1", "event 5"]);
  expect(state.readings).toBe(5);
});

test("last words come last, and close it", async () => {
  const { stream, state, flow, told } = open({
    say: (reading) => (reading === 2 ? { lastWords: "end\n" } : {}),
  });
  flow();
  await stream.begin();
  stream.ring();
  await vi.advanceTimersByTimeAsync(200);
  expect(told()).toEqual(["event 1", "event 2", "end"]);
  expect(stream.readableEnded).toBe(true);
  stream.ring();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.readings).toBe(2);
});

test("one that is ended while it reads ends, and says nothing more", async () => {
  const held = Promise.withResolvers<Partial<Reading>>();
  const { stream, flow, told } = open({ say: (reading) => (reading === 2 ? held.promise : {}) });
  flow();
  await stream.begin();
  stream.ring();
  await vi.advanceTimersByTimeAsync(200);
  stream.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(stream.readableEnded).toBe(true);
  held.resolve({});
  await vi.advanceTimersByTimeAsync(200);
  expect(told()).toEqual(["event 1"]);
});

test("one that is left reads nothing more", async () => {
  const { stream, state, flow } = open({ pace: { everyMsMin: 100, everyMsMax: 100 } });
  flow();
  await stream.begin();
  stream.destroy();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.readings).toBe(1);
});
