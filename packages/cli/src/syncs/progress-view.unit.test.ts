import type { Sync } from "@millrace/client";
import { expect, test } from "vitest";
import { syncWith } from "../testing/sync-with.ts";
import {
  advanceProgress,
  type ProgressView,
  ratePerSecond,
  secondsLeft,
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
  expect(view.settled).toBe(400);
  expect(view.deadLettered).toBe(2);
  expect(view.total).toBeGreaterThanOrEqual(400);
});

test("nothing follows an end", () => {
  const view = after(
    [0, syncWith({ settled: 10, listed: 10, listingComplete: true }, { status: "completed" })],
    [100, syncWith({ settled: 5, listed: 10 }, { status: "running" })],
  );
  expect(view).toMatchObject({ ended: true, status: "completed", settled: 10 });
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
  expect(secondsLeft(view, 22_000)).toBe(6);
  expect(ratePerSecond(view, 25_000)).toBe(200);
  expect(ratePerSecond(view, 40_000)).toBe(0);
  expect(secondsLeft(view, 40_000)).toBeNull();
});

test("where the provider's quota makes it longer than the rate does, the API knows, also while nothing comes", () => {
  const view = after(
    [0, syncWith({ settled: 0, listed: 9_000, listingComplete: true })],
    [1_000, syncWith({ settled: 300, listed: 9_000, listingComplete: true, secondsLeft: 1_740 })],
  );
  expect(secondsLeft(view, 1_000)).toBe(1_740);
  expect(secondsLeft(view, 31_000)).toBe(1_710);
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
  const trouble = { category: "transient" as const, message: "a\u001b[2J\nb", at, nextAt: null };
  const shown = (fields: Partial<Parameters<typeof syncWith>[1]>) =>
    advanceProgress(unknownProgress, syncWith({}, { ...fields }), 0).hindrance;
  expect(shown({ status: "paused", paused })).toBe(
    "Paused by request; `millrace resume sync-1` lets it go on",
  );
  expect(shown({ trouble })).toBe("transient: a [2J b");
  expect(shown({})).toBeNull();
});
