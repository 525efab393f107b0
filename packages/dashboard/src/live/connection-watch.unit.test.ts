import { MillraceError } from "@millrace/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConnectionWatch } from "./connection-watch.ts";

const broken = {
  kind: "interrupted",
  error: new MillraceError({ code: "unreachable", detail: "It has broken off." }),
  retryInMs: 2_000,
} as const;
const ended = { kind: "interrupted", error: null, retryInMs: 2_000 } as const;
const open = { kind: "open" } as const;
const [syncs, chunks] = [{}, {}];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("what a stream tells is not live while it is away, however many requests are answered", () => {
  const watch = new ConnectionWatch();
  watch.noteStream(syncs, broken);
  for (let tries = 0; tries < 20; tries++) {
    vi.advanceTimersByTime(100);
    watch.noteRequest(true);
  }
  expect(watch.current()).toBe("lost");
  watch.noteRequest(true);
  expect(watch.current()).toBe("lost");
  watch.noteStream(syncs, open);
  expect(watch.current()).toBe("live");
});

test("a stream that is there does not stand for another that is away", () => {
  const watch = new ConnectionWatch();
  watch.noteStream(syncs, broken);
  watch.noteStream(chunks, open);
  vi.advanceTimersByTime(2_000);
  watch.noteStream(chunks, open);
  expect(watch.current()).toBe("lost");
  watch.forgetStream(syncs);
  expect(watch.current()).toBe("live");
});

test("where no stream is away, the newest request decides", () => {
  const watch = new ConnectionWatch();
  const told = vi.fn();
  watch.subscribe(told);
  watch.noteRequest(false);
  vi.advanceTimersByTime(1_000);
  watch.noteRequest(true);
  vi.advanceTimersByTime(5_000);
  expect(told).not.toHaveBeenCalled();
  watch.noteRequest(false);
  vi.advanceTimersByTime(2_000);
  expect(watch.current()).toBe("lost");
  watch.noteRequest(true);
  expect(watch.current()).toBe("live");
  expect(told).toHaveBeenCalledTimes(2);
});

test("a stream that is ended in order has until it is opened again, and a little longer", () => {
  const watch = new ConnectionWatch();
  watch.noteStream(syncs, ended);
  vi.advanceTimersByTime(2_500);
  expect(watch.current()).toBe("live");
  vi.advanceTimersByTime(1_500);
  expect(watch.current()).toBe("lost");
});
