import { describe, expect, it } from "vitest";
import { Choices } from "./engine/choices.ts";
import { shrinkChoices } from "./engine/shrink-choices.ts";
import { findPlantedBug } from "./planted-bugs/find-planted-bug.ts";
import { plantedBugs } from "./planted-bugs/planted-bugs.ts";
import { runSchedule } from "./run-schedule.ts";

/** Left to `npm run simulate -- --planted-bugs`: they take longer than a test should. */
const rare: ReadonlySet<string> = new Set(["being throttled spends the poison budget"]);

describe("the simulation", () => {
  it("replays a seed exactly", async () => {
    for (const seed of [1, 2, 3, 411, 5_247]) {
      const [first, again] = [
        await runSchedule(Choices.ofSeed(seed)),
        await runSchedule(Choices.ofSeed(seed)),
      ];
      expect(again.made).toEqual(first.made);
      expect((await runSchedule(Choices.ofList(first.made))).made).toEqual(first.made);
    }
  });

  it.each(plantedBugs.filter(({ name }) => !rare.has(name)).map((bug) => [bug.name, bug] as const))(
    "finds the planted bug: %s",
    async (_name, bug) => {
      const { seeds, seedsMax } = await findPlantedBug(bug);
      expect(seeds).not.toBeNull();
      expect(seeds).toBeLessThanOrEqual(seedsMax);
    },
  );

  it("makes a failing schedule smaller, and it still fails in the same way", async () => {
    const bug = plantedBugs.find(
      ({ name }) => name === "a settled chunk releases no other, and says that it does",
    );
    const run = (choices: Choices) => runSchedule(choices, { mutations: bug?.mutations });
    let seed = 1;
    let found = await run(Choices.ofSeed(seed));
    while (found.violation === null && seed < 100) found = await run(Choices.ofSeed(++seed));
    const rule = found.violation?.rule;
    expect(rule).toBeDefined();
    const fails = async (list: readonly number[]) => {
      const again = await run(Choices.ofList(list));
      return again.violation?.rule === rule ? again.made : null;
    };
    const smallest = await shrinkChoices(found.made, fails, 300);
    expect(smallest.length).toBeLessThan(found.made.length);
    expect((await run(Choices.ofList(smallest))).violation?.rule).toBe(rule);
  });
});
