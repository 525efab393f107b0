import { isBalanced } from "@millrace/shared/events/ledger";
import { describe, expect, it } from "vitest";
import { countOf, gotFurther, governingFault, setAside, shareOf } from "./fetch-report.ts";
import { faultOf, givenReport, letter, open } from "./testing/given.ts";

const report = givenReport({ a: "stored", b: "unchanged", c: "gone", d: letter() });
const ids = ["a", "b", "c", "d"];

describe("a chunk's share of the ledger", () => {
  it("counts each message where it went", () => {
    expect(shareOf(report, ids)).toEqual({ listed: 4, stored: 1, unchanged: 1, gone: 1, deadLettered: 1 });
  });

  it("counts an id that the listing repeats as unchanged", () => {
    expect(shareOf(report, [...ids, "a", "d"])).toEqual({
      listed: 6,
      stored: 1,
      unchanged: 3,
      gone: 1,
      deadLettered: 1,
    });
  });

  it("does not balance while something is open, or was not heard of", () => {
    expect(isBalanced(shareOf(report, ids))).toBe(true);
    expect(isBalanced(shareOf(givenReport({ a: "stored", b: open("unknown") }), ["a", "b"]))).toBe(false);
    expect(isBalanced(shareOf(report, [...ids, "e"]))).toBe(false);
  });
});

describe("a delivery got further", () => {
  it("when it stored something itself: what counts again each time is no progress", () => {
    expect(gotFurther(givenReport({ a: "stored", b: open("transient") }))).toBe(true);
    expect(gotFurther(givenReport({ a: "stored", b: open("transient") }, { storedBefore: 1 }))).toBe(false);
    expect(gotFurther(givenReport({ a: "gone", b: letter(), c: open("transient") }))).toBe(false);
  });
});

describe("of several faults", () => {
  it("the one that asks for the most patience says when to come back", () => {
    const faults = { a: open("transient"), b: open("rate_limited"), c: open("unknown") };
    expect(governingFault(givenReport(faults))?.category).toBe("rate_limited");
    expect(governingFault(givenReport({ ...faults, d: open("consent_lost") }))?.category).toBe(
      "consent_lost",
    );
    expect(governingFault(report)).toBeNull();
  });

  it("of one kind, the latest time is it, in whatever order they came", () => {
    const times = [5, 9, 7].map((retryAtMs) => open("rate_limited", { retryAtMs }));
    for (const [a, b, c] of [times, [...times].reverse()])
      if (a && b && c) expect(governingFault(givenReport({ a, b, c }))?.retryAtMs).toBe(9);
  });

  it("what may be the work's own fault governs only when nothing else is open", () => {
    expect(governingFault(givenReport({ a: open("unknown"), b: open("transient") }))?.category).toBe(
      "transient",
    );
    expect(governingFault(givenReport({ a: open("unknown"), b: letter() }))).toEqual(faultOf("unknown"));
  });
});

describe("setting aside", () => {
  it("makes a letter of each message that is open, with its own words, and touches no other", () => {
    const aside = setAside(givenReport({ a: "stored", b: open("unknown"), c: letter() }));
    expect([...aside.outcomes]).toEqual([
      ["a", { kind: "stored" }],
      ["b", letter("unknown")],
      ["c", letter()],
    ]);
    expect(countOf(aside, "open")).toBe(0);
  });
});
