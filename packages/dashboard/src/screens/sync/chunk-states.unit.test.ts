import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkStates, type Letter, letters } from "./chunk-states.ts";

const letter = fc.constantFrom<Letter>(...letters);

test("whatever arrives in whatever order, states and counts are those of a plain list", () => {
  const news = fc.oneof(
    fc.record({ states: fc.array(letter, { maxLength: 3_000 }).map((all) => all.join("")) }),
    fc.record({ changed: fc.array(fc.tuple(fc.nat(5_000), letter), { maxLength: 50 }) }),
  );
  fc.assert(
    fc.property(fc.array(news, { maxLength: 12 }), (all) => {
      const states = new ChunkStates();
      let plain: (Letter | null)[] = [];
      for (const one of all) {
        states.apply(one);
        if ("states" in one) plain = [...one.states] as Letter[];
        else for (const [index, state] of one.changed) plain[index] = state;
      }
      expect(states.length).toBe(plain.length);
      for (let n = 0; n < plain.length; n++) expect(states.at(n)).toBe(plain[n] ?? null);
      for (const state of letters)
        expect(states.count(state)).toBe(plain.filter((one) => one === state).length);
    }),
    { numRuns: 60 },
  );
});

test("what is drawn again is what has changed, and nothing else", () => {
  const states = new ChunkStates();
  states.apply({ states: "lll" });
  expect([...states.takeDirty()]).toEqual([0, 1, 2]);
  states.apply({
    changed: [
      [1, "s"],
      [2, "l"],
      [9, "?"],
    ],
  });
  expect([...states.takeDirty()]).toEqual([1]);
  expect(states.length).toBe(3);
});
