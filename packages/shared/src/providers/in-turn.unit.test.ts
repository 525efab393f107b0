import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultAttemptPolicy } from "../runtime/decide-attempt.ts";
import { idsATurn, inTurn, turnsMax } from "./in-turn.ts";

const idsOf = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);
const count = fc.integer({ min: 0, max: 500 });
const turn = fc.integer({ min: 0, max: 10_000 });

describe("turns", () => {
  it("leave the first one as it is listed", () => {
    expect(inTurn(idsOf(100), 0)).toEqual(idsOf(100));
  });

  it("have each id once, whichever turn it is", () => {
    fc.assert(
      fc.property(count, turn, (n, at) => {
        expect([...inTurn(idsOf(n), at)].sort()).toEqual(idsOf(n).sort());
      }),
    );
  });

  it("begin, so many in a row, with each id, from whichever turn on", () => {
    fc.assert(
      fc.property(count, turn, (n, from) => {
        const begun = Array.from({ length: turnsMax }, (_, i) =>
          inTurn(idsOf(n), from + i).slice(0, idsATurn(n)),
        );
        expect(new Set(begun.flat()).size).toBe(n);
      }),
    );
  });

  it("have come to each id also for who takes three of a turn, in as many rounds as a turn has threes", () => {
    fc.assert(
      fc.property(count, fc.integer({ min: 0, max: 100 }), (n, fromRound) => {
        const turns = turnsMax * Math.ceil(idsATurn(n) / 3);
        const begun = Array.from({ length: turns }, (_, i) =>
          inTurn(idsOf(n), fromRound * turnsMax + i).slice(0, 3),
        );
        expect(new Set(begun.flat()).size).toBe(n);
      }),
    );
  });

  it("have come to each id in the attempts that spend the budget: none is set aside without having been asked for", () => {
    expect(turnsMax).toBeLessThanOrEqual(defaultAttemptPolicy.poisonBudget);
  });

  it("ask for few of many, and for all of three", () => {
    expect([0, 1, 3, 4, 24, 40, 100, 500].map(idsATurn)).toEqual([0, 1, 3, 3, 3, 5, 13, 63]);
  });
});
