import { describe, expect, it } from "vitest";
import { cronProblem, nextCronTime } from "./cron-times.ts";

const berlin = "Europe/Berlin";
const timesOf = (expression: string, from: string, count: number): string[] => {
  const times: string[] = [];
  let at = new Date(from);
  for (let i = 0; i < count; i++) {
    at = nextCronTime(expression, berlin, at) as Date;
    times.push(at.toISOString());
  }
  return times;
};

describe("on days on which the clock is changed", () => {
  it("a time that the clock leaves out runs once, when it goes on", () => {
    expect(timesOf("30 2 * * *", "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
  });

  it("a time that comes twice runs once", () => {
    expect(timesOf("30 2 * * *", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });

  it("what runs every half hour runs in both of the hours", () => {
    expect(timesOf("*/30 * * * *", "2026-10-25T00:00:00Z", 4)).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-25T01:00:00.000Z",
      "2026-10-25T01:30:00.000Z",
      "2026-10-25T02:00:00.000Z",
    ]);
  });
});

it.each([
  ["61 * * * *", "UTC", "expression", /minute: 61/],
  ["* * *", "UTC", "expression", /5 fields .* has 3/],
  ["0 0 0 * * *", "UTC", "expression", /5 fields .* has 6/],
  ["", "UTC", "expression", /has 0/],
  ["@daily", "UTC", "expression", /has 1/],
  ["a b c d e", "UTC", "expression", /illegal/],
  ["0 0 30 2 *", "UTC", "expression", /no day fits/],
  ["0 0 * * *", "Mars/Olympus", "timeZone", /time zone/],
  ["0 0 * * *", "", "timeZone", /time zone/],
] as const)("%j in %j is refused with what is wrong", (expression, timeZone, field, words) => {
  const problem = cronProblem(expression, timeZone);
  expect(problem?.field).toBe(field);
  expect(problem?.message).toMatch(words);
});

it.each(["0 3 * * *", "*/15 8-18 * * MON-FRI", "0 0 29 2 *"])("%j is a schedule", (expression) => {
  expect(cronProblem(expression, berlin)).toBeNull();
});
