import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MillraceError, retryAfterMsOf } from "../millrace-error.ts";
import { backoffMs } from "./backoff-ms.ts";
import { decideRetry, type RetrySituation } from "./decide-retry.ts";

const failed = (status: number | null, code = "x", retryAfterMs: number | null = null): MillraceError =>
  new MillraceError({ code, detail: "…", status, retryAfterMs });

const situation = (error: unknown, more: Partial<RetrySituation> = {}): RetrySituation => ({
  error,
  isRepeatable: true,
  repeated: 0,
  repetitionsMax: 3,
  random: 0,
  ...more,
});

describe("what may pass is tried again", () => {
  test.each([
    ["no answer", failed(null, "unreachable"), true],
    ["a late answer", failed(null, "timeout"), true],
    ["a server that stops", failed(503, "stopping"), true],
    ["a proxy without its server", failed(502, "unreadable"), true],
    ["too many requests", failed(429), true],
    ["a wrong request", failed(400), false],
    ["a key that is refused", failed(401), false],
    ["what is not there", failed(404), false],
    ["a page in the place of an answer", failed(200, "unreadable"), false],
    ["an error that is not ours", new TypeError("x"), false],
  ])("%s: %s", (_, error, again) => expect(decideRetry(situation(error)) !== null).toBe(again));
});

test("what might be done twice is not repeated, unless it was refused for its rate", () => {
  expect(decideRetry(situation(failed(503), { isRepeatable: false }))).toBeNull();
  expect(decideRetry(situation(failed(null, "unreachable"), { isRepeatable: false }))).toBeNull();
  expect(decideRetry(situation(failed(429), { isRepeatable: false }))).not.toBeNull();
});

test("after so many repetitions the error is told", () => {
  expect(decideRetry(situation(failed(503), { repeated: 2 }))).not.toBeNull();
  expect(decideRetry(situation(failed(503), { repeated: 3 }))).toBeNull();
  expect(decideRetry(situation(failed(503), { repetitionsMax: 0 }))).toBeNull();
});

test("the server's own time is kept to, and one that is too long is the caller's to wait", () => {
  expect(decideRetry(situation(failed(429, "x", 7_000)))).toBe(7_000);
  expect(decideRetry(situation(failed(429, "x", 61_000)))).toBeNull();
});

test("waits grow up to a cap, and are never shorter than half of it", () => {
  const backoff = { baseMs: 100, capMs: 1_000 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, random) => {
        const full = Math.min(100 * 2 ** (n - 1), 1_000);
        const ms = backoffMs(n, random, backoff);
        expect(ms).toBeGreaterThanOrEqual(full / 2);
        expect(ms).toBeLessThanOrEqual(full);
      },
    ),
  );
});

test.each([
  [null, null],
  ["7", 7_000],
  ["0", 0],
  ["Thu, 01 Jan 1970 00:00:05 GMT", 4_000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["soon", null],
  ["-3", null],
  ["1.5", null],
])("Retry-After %s is %s ms", (value, ms) => expect(retryAfterMsOf(value, 1_000)).toBe(ms));
