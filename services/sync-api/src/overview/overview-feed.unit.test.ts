import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Overview } from "../resources/overview.ts";
import { OverviewFeed } from "./overview-feed.ts";
import { createOverviewSource } from "./overview-source.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(tookMs: number) {
  const read: (string | null)[] = [];
  const feed = new OverviewFeed(async (whose) => {
    read.push(whose);
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    if (whose === "away") throw new Error("away");
    return { at: String(read.length) } as Overview;
  });
  return { feed, read };
}

async function settle<T>(promise: Promise<T>, ms: number): Promise<T> {
  promise.catch(() => {});
  await vi.advanceTimersByTimeAsync(ms);
  return promise;
}

test("all who ask within a second are shown one reading, each tenant's its own", async () => {
  const { feed, read } = open(10);
  const asked = Promise.all([feed.now("a"), feed.now("a"), feed.now("b"), feed.now(null)]);
  await settle(asked, 20);
  await settle(feed.now("a"), 900);
  expect(read).toEqual(["a", "b", null]);
  await settle(feed.now("a"), 100);
  await vi.advanceTimersByTimeAsync(100);
  const { beganMs } = await settle(feed.now("a"), 20);
  expect(read).toEqual(["a", "b", null, "a"]);
  expect(Date.now() - beganMs).toBeLessThan(300);
});

test("one that takes long is read less often", async () => {
  const { feed, read } = open(1_000);
  for (let ms = 0; ms < 12_000; ms += 500) {
    void feed.now("a");
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(read.length).toBe(3);
});

test("a client that was woken after the reading it is shown comes again, and is told no reading twice", async () => {
  const { feed, read } = open(0);
  const [first, second] = [createOverviewSource(feed, "a"), createOverviewSource(feed, "a")];
  expect(await settle(first.read(0), 1)).toMatchObject({ events: [expect.any(String)], isMore: false });
  await vi.advanceTimersByTimeAsync(300);
  const rungAtMs = Date.now();
  await vi.advanceTimersByTimeAsync(300);
  expect(await settle(first.read(rungAtMs), 1)).toMatchObject({ events: [], isMore: true });
  expect(await settle(second.read(rungAtMs), 1)).toMatchObject({
    events: [expect.any(String)],
    isMore: true,
  });
  expect(read).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await settle(second.read(rungAtMs), 1)).toMatchObject({
    events: [expect.any(String)],
    isMore: false,
  });
  expect(await settle(first.read(rungAtMs), 1)).toMatchObject({
    events: [expect.any(String)],
    isMore: false,
  });
  expect(read).toHaveLength(2);
});

test("a failure is shown to those who waited for it, and to nobody else", async () => {
  const { feed, read } = open(10);
  const both = Promise.allSettled([feed.now("away"), feed.now("away")]);
  expect((await settle(both, 20)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(settle(feed.now("away"), 20)).rejects.toThrow("away");
  expect(read).toHaveLength(2);
});
