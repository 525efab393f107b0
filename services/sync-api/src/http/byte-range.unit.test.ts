import fc from "fast-check";
import { expect, it } from "vitest";
import { decideRange, isNotModified } from "./byte-range.ts";

const etag = '"abc"';
const decide = (range: string | undefined, sizeBytes = 100, ifRange?: string) =>
  decideRange({ range, ifRange, etag, sizeBytes });
const part = (start: number, end: number) => ({ kind: "part", start, end });

it.each([
  ["bytes=0-0", part(0, 0)],
  ["bytes=0-99", part(0, 99)],
  ["bytes=10-", part(10, 99)],
  ["bytes=-1", part(99, 99)],
  ["bytes=-500", part(0, 99)],
  ["bytes=90-500", part(90, 99)],
  ["Bytes= 5-6 ", part(5, 6)],
  ["bytes=100-", { kind: "unsatisfiable" }],
  ["bytes=999999999999999-", { kind: "unsatisfiable" }],
  ["bytes=-0", { kind: "unsatisfiable" }],
  // What may be passed over, is.
  [undefined, { kind: "whole" }],
  ["bytes=5-4", { kind: "whole" }],
  ["bytes=-", { kind: "whole" }],
  ["bytes=1-2,4-5", { kind: "whole" }],
  ["items=1-2", { kind: "whole" }],
  ["bytes=1.5-2", { kind: "whole" }],
  ["bytes=0x1-2", { kind: "whole" }],
  ["bytes=99999999999999999999-", { kind: "whole" }],
])("of 100 bytes, %s is %o", (range, expected) => {
  expect(decide(range)).toEqual(expected);
});

it("never reaches beyond the body, whatever is asked for", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{0,4}-\d{0,4}$/)),
      fc.nat(300),
      (range, size) => {
        const decision = decide(range, size);
        if (decision.kind !== "part") return;
        expect(decision.start).toBeGreaterThanOrEqual(0);
        expect(decision.end).toBeGreaterThanOrEqual(decision.start);
        expect(decision.end).toBeLessThan(size);
      },
    ),
  );
});

it("serves a range only of the body that the client has a part of", () => {
  expect(decide("bytes=0-1", 100, etag)).toEqual(part(0, 1));
  for (const other of ['"abd"', `W/${etag}`, "Sat, 28 Nov 2026 00:00:00 GMT", ""])
    expect(decide("bytes=0-1", 100, other)).toEqual({ kind: "whole" });
});

it("knows a body that the client has", () => {
  for (const header of [etag, `W/${etag}`, `"x", ${etag}`, "*"])
    expect(isNotModified(header, etag)).toBe(true);
  for (const header of [undefined, "", '"x"', "abc"]) expect(isNotModified(header, etag)).toBe(false);
});
