import fc from "fast-check";
import { expect, test } from "vitest";
import { isNewer } from "./version.ts";

test.each([
  ["1-10", "1-9", true],
  ["1-9", "1-10", false],
  ["2-1", "1-99", true],
  ["1-99", "2-1", false],
  ["1-5", "1-5", false],
  ["10-1", "9-1", true],
])("%s after %s is newer: %s", (version, before, newer) => expect(isNewer(version, before)).toBe(newer));

test("of two versions exactly one is newer, unless they are the same", () => {
  const version = fc.tuple(fc.nat(999_999_999), fc.maxSafeNat()).map(([epoch, seq]) => `${epoch}-${seq}`);
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(isNewer(a, b)).toBe(a !== b && !isNewer(b, a));
    }),
  );
});
