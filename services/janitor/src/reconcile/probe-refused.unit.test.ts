import { describe, expect, it } from "vitest";
import { lookDue } from "./probe-refused.ts";

const first = 30_000;
const hour = 3_600_000;

describe("a mailbox that has refused us", () => {
  it("is looked at first after a while, then each time that the time has doubled", () => {
    const seconds = [0, 29, 30, 59, 60, 119, 120, 240];
    expect(seconds.map((s) => lookDue(s * 1_000, first))).toEqual([null, null, 0, 0, 1, 1, 2, 3]);
  });

  it("is looked at about every six hours in the end, for ever", () => {
    const looks = new Set(
      Array.from({ length: 10 * 24 * 60 }, (_, minute) => lookDue(minute * 60_000, first)),
    );
    expect(looks.size - 1).toBeGreaterThanOrEqual(40 + 7);
    expect(looks.size - 1).toBeLessThanOrEqual(40 + 9);
    expect(lookDue(240 * hour, first)).not.toBe(lookDue(234 * hour - 1, first));
  });
});
