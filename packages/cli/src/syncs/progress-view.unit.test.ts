import type { Sync } from "@millrace/client";
import { expect, test } from "vitest";
import { syncWith } from "../testing/sync-with.ts";
import {
  advanceProgress,
  leftOf,
  type ProgressView,
  ratePerSecond,
  unknownProgress,
} from "./progress-view.ts";

function after(...messages: [number, Sync][]): ProgressView {
  return messages.reduce((view, [atMs, sync]) => advanceProgress(view, sync, atMs), unknownProgress);
}

test("a stale snapshot after a reconnect moves nothing back", () => {
  const view = after(
    [0, syncWith({ settled: 400, listed: 1_000, listingComplete: true, deadLettered: 2 })],
    [100, syncWith({ settled: 100, listed: 500, deadLettered: 0 })],
  );
  expect(view.handled).toBe(400);
  expect(view.deadLettered).toBe(2);
  expect(view.total).toBeGreaterThanOrEqual(400);
});

test("nothing follows an end", () => {
  const view = after(
    [0, syncWith({ settled: 10, listed: 10, listingComplete: true }, { status: "completed" })],
    [100, syncWith({ settled: 5, listed: 10 }, { status: "running" })],
  );
  expect(view).toMatchObject({ ended: true, status: "completed", handled: 10 });
});

test("the total is an estimate until the listing is complete, and never below what is settled", () => {
  expect(after([0, syncWith({ listed: 500, estimatedTotal: 4_000 })])).toMatchObject({
    total: 4_000,
    totalIsEstimate: true,
  });
  expect(after([0, syncWith({ listed: 500, estimatedTotal: 100, settled: 450 })]).total).toBe(500);
  expect(after([0, syncWith({ listed: 700, listingComplete: true, estimatedTotal: 4_000 })])).toMatchObject({
    total: 700,
    totalIsEstimate: false,
  });
  expect(after([0, syncWith({})]).total).toBeNull();
  expect(after([0, syncWith({ listingComplete: true })]).total).toBe(0);
});

test("the rate looks ten seconds back and falls while nothing comes", () => {
  const view = after(
    [0, syncWith({ settled: 0, listed: 9_000, listingComplete: true })],
    [20_000, syncWith({ settled: 5_000, listed: 9_000, listingComplete: true })],
    [22_000, syncWith({ settled: 6_000, listed: 9_000, listingComplete: true })],
  );
  expect(ratePerSecond(view, 22_000)).toBe(500);
  expect(ratePerSecond(view, 25_000)).toBe(200);
  expect(ratePerSecond(view, 40_000)).toBe(0);
});

test("a time is left where the API tells one: no rate makes it longer, and none makes one up", () => {
  const listed = { listed: 430, listingComplete: true };
  const told = (handled: number, secondsLeft: number | null) => syncWith({ ...listed, handled, secondsLeft });
  // As it was seen: one jump, then attempts that fail.
  const failing = after([0, told(0, null)], [1_000, told(393, null)]);
  expect(ratePerSecond(failing, 2_000)).toBeGreaterThan(100);
  for (let nowMs = 1_000; nowMs < 11_000; nowMs += 1_000)
    expect(leftOf(failing, nowMs)).toEqual({ kind: "unknown" });
  const slower = after([0, told(420, 10)]);
  const lefts = [0, 2_000, 4_000, 8_000].map((nowMs) => leftOf(slower, nowMs));
  expect(lefts).toEqual([10, 8, 6, 2].map((seconds) => ({ kind: "left", seconds })));
});

test("where the provider's quota makes it longer than the rate does, the API knows, also while nothing comes", () => {
  const view = after(
    [0, syncWith({ settled: 0, listed: 9_000, listingComplete: true })],
    [1_000, syncWith({ settled: 300, listed: 9_000, listingComplete: true, secondsLeft: 1_740 })],
  );
  expect(leftOf(view, 1_000)).toEqual({ kind: "left", seconds: 1_740 });
  expect(leftOf(view, 31_000)).toEqual({ kind: "left", seconds: 1_710 });
});

test("where nothing moves for too long no time is left, but since when; not while the API is not heard", () => {
  const told = { settled: 300, listed: 9_000, listingComplete: true, secondsLeft: 100, stillSeconds: 2 };
  const view = after([0, syncWith({ settled: 200 })], [1_000, syncWith(told)]);
  expect(leftOf(view, 29_000)).toEqual({ kind: "left", seconds: 72 });
  expect(leftOf(view, 30_000)).toEqual({ kind: "still", seconds: 31 });
  expect(leftOf({ ...view, isLive: false }, 200_000)).toEqual({ kind: "unknown" });
  expect(leftOf(after([0, syncWith(told, { status: "paused" })]), 200_000)).toEqual({ kind: "none" });
});

test("no rate is told from less than half a second", () => {
  expect(ratePerSecond(unknownProgress, 0)).toBeNull();
  expect(ratePerSecond(after([0, syncWith({ settled: 100 })]), 100)).toBeNull();
});

test("a long sync keeps a bounded number of measurements", () => {
  let view = unknownProgress;
  for (let atMs = 0; atMs < 5_000; atMs += 5) view = advanceProgress(view, syncWith({ settled: atMs }), atMs);
  expect(view.samples.length).toBeLessThanOrEqual(64);
});

test("a pause says what lets it go on, trouble says what it is, in one line that is safe for a terminal", () => {
  const at = "2026-01-01T00:00:00Z";
  const paused = {
    reason: "requested" as const,
    message: "Paused by request",
    resumesBy: "POST /v1/syncs/s/resume",
    since: at,
  };
  const counts = { since: at, attempt: 31, setAsideAt: 38, open: null };
  const trouble = { category: "transient" as const, message: "a\u001b[2J\nb", at, nextAt: null, ...counts };
  const shown = (fields: Partial<Parameters<typeof syncWith>[1]>) =>
    advanceProgress(unknownProgress, syncWith({}, { ...fields }), 0).hindrance;
  expect(shown({ status: "paused", paused })).toEqual({
    reason: "Paused by request",
    attempt: null,
    more: "`millrace resume sync-1` lets it go on",
  });
  expect(shown({ trouble })).toEqual({
    reason: "transient: a [2J b",
    attempt: "attempt 31, set aside after attempt 38",
    more: null,
  });
  const oneChunk = { listed: 100, listingComplete: true, handled: 98 };
  const two = syncWith(oneChunk, { trouble: { ...trouble, open: 2 } });
  expect(advanceProgress(unknownProgress, two, 0).hindrance?.more).toBe("2 messages are still missing");
  expect(shown({})).toBeNull();
});

test("what is dealt with of open chunks counts; an API of an earlier release tells what is settled", () => {
  const listed = { listed: 100, listingComplete: true };
  const view = after([0, syncWith({ ...listed, settled: 0, handled: 98 })]);
  expect(view.handled).toBe(98);
  expect(ratePerSecond(advanceProgress(view, syncWith({ ...listed, handled: 99 }), 1_000), 1_000)).toBe(1);
  const { handled: _, ...older } = syncWith({ ...listed, settled: 60 }).progress;
  expect(after([0, { ...syncWith({}), progress: older as Sync["progress"] }]).handled).toBe(60);
});

test("a partial sync has not ended while its dead letters are tried again, and they become fewer", () => {
  const redriving = { settled: 10, listed: 10, listingComplete: true, deadLettered: 3, redriving: 3 };
  const first = after([0, syncWith(redriving, { status: "partial" })]);
  expect(first).toMatchObject({ ended: false, deadLettered: 3, redriving: 3 });
  const second = advanceProgress(
    first,
    syncWith({ ...redriving, deadLettered: 1, redriving: 0 }, { status: "partial" }),
    100,
  );
  expect(second).toMatchObject({ ended: true, deadLettered: 1, redriving: 0 });
});
