import { describe, expect, it } from "vitest";
import { parseMailDate } from "./mail-date.ts";

const iso = (value: string) => parseMailDate(value)?.toISOString() ?? null;

describe("a Date header becomes a point in time", () => {
  it.each([
    ["Mon, 1 Jan 2024 10:00:00 +0000", "2024-01-01T10:00:00.000Z"],
    ["1 Jan 2024 10:00 +0200", "2024-01-01T08:00:00.000Z"],
    ["Tue, 17 Nov 2009 21:28:38 -0330 (NST)", "2009-11-18T00:58:38.000Z"],
    ["(comment) Tue, 17 (seventeen) Nov 2009 21:28:38 EST", "2009-11-18T02:28:38.000Z"],
    ["Fri, 21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06.000Z"],
    ["Fri, 21 Nov 12 09:55:06 Z", "2012-11-21T09:55:06.000Z"],
    ["Thu,  3 Sep 2015 1:02:03", "2015-09-03T01:02:03.000Z"],
    ["Mon Jan  1 10:00:00 2024", "2024-01-01T10:00:00.000Z"],
    ["2024-02-29T23:59:60+01:00", "2024-02-29T23:00:00.000Z"],
    ["Fri, 31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59.000Z"],
  ])("%s", (value, expected) => {
    expect(iso(value)).toBe(expected);
  });

  it.each([
    "",
    "yesterday",
    "Mon, 32 Jan 2024 10:00:00 +0000",
    "Thu, 29 Feb 2023 10:00:00 +0000",
    "Mon, 1 Jan 1969 10:00:00 +0000",
    "Thu, 1 Jan 1970 00:00:00 +0100",
    "Fri, 31 Dec 9999 23:59:59 -0100",
    "Mon, 1 Jan 20244 10:00:00 +0000",
    "Mon, 1 Foo 2024 10:00:00 +0000",
    "Mon, 1 Jan 2024 99:00:00 +0000",
    "\u{10FFFF}".repeat(100_000),
  ])("what is unreadable or absurd is null: %j", (value) => {
    expect(iso(value)).toBeNull();
  });
});
