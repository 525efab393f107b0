import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, intersect } from "./subject-sets.ts";

const names = ["a", "b"];
/** A name that no subject of these tests has: what only a wildcard stands for. */
const strange = "z";
const lengthMax = 4;

/** Every subject without wildcards of up to so many tokens, one more than any subject with wildcards has. */
const plain: readonly string[] = grow(lengthMax + 1, [...names, strange]);

function grow(length: number, tokens: readonly string[]): string[] {
  if (length === 0) return [];
  const shorter = grow(length - 1, tokens);
  const longest = length === 1 ? [""] : shorter.filter((subject) => subject.split(".").length === length - 1);
  return [
    ...shorter,
    ...longest.flatMap((begun) => tokens.map((token) => (begun === "" ? token : `${begun}.${token}`))),
  ];
}

const wildSubject = fc
  .tuple(
    fc.array(fc.constantFrom(...names, "*"), { minLength: 0, maxLength: lengthMax - 1 }),
    fc.constantFrom(...names, "*", ">"),
  )
  .map(([begin, end]) => [...begin, end].join("."));

/** The rule as the server's manual tells it, for subjects without wildcards, written another way. */
function standsFor(wild: string, subject: string): boolean {
  const pattern = wild
    .split(".")
    .map((token) => (token === "*" ? "[^.]+" : token === ">" ? ".+" : token))
    .join("\\.");
  return new RegExp(`^${pattern}$`).test(subject);
}

const setOf = (wild: string): readonly string[] => plain.filter((subject) => standsFor(wild, subject));

describe("a subject with wildcards", () => {
  it.each([
    ["evt.>", "evt.a.b.sync", true],
    ["evt.>", "evt.*.*.sync", true],
    ["evt.>", "evt", false],
    ["evt.>", "evt.>", true],
    ["evt.*", "evt.>", false],
    ["evt.*.*.sync", "evt.a.*.sync", true],
    ["evt.a.*.sync", "evt.*.*.sync", false],
    ["*", ">", false],
    [">", "*", true],
    ["sync.requests.shop.*", "sync.requests.shop.>", false],
    ["sync.requests.shop.*", "sync.requests.shopping.a", false],
  ])("%s covers %s: %s", (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });

  it("covers another exactly when it stands for each subject that the other stands for", () => {
    fc.assert(
      fc.property(wildSubject, wildSubject, (outer, inner) => {
        expect(covers(outer, inner)).toBe(setOf(inner).every((subject) => standsFor(outer, subject)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("has in common with another what both stand for, no less and no more", () => {
    fc.assert(
      fc.property(wildSubject, wildSubject, (one, other) => {
        const common = intersect(one, other);
        const expected = setOf(one).filter((subject) => standsFor(other, subject));
        expect(common === null ? [] : setOf(common)).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it("has the same in common with another from either side, and all of what it covers", () => {
    fc.assert(
      fc.property(wildSubject, wildSubject, (one, other) => {
        expect(intersect(one, other)).toBe(intersect(other, one));
        if (covers(one, other)) expect(intersect(one, other)).toBe(other);
      }),
      { numRuns: 2_000 },
    );
  });
});
