import { Choices } from "../engine/choices.ts";
import { runSchedule } from "../run-schedule.ts";
import type { PlantedBug } from "./plant.ts";

export interface Search {
  readonly name: string;
  /** How many schedules it took; null when none of those allowed has found it. */
  readonly seeds: number | null;
  readonly seedsMax: number;
  /** The rule that was broken. */
  readonly rule: string | null;
}

/** Runs schedules over a planted bug until a rule is broken. */
export async function findPlantedBug({ name, mutations, profile, seedsMax }: PlantedBug): Promise<Search> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { violation } = await runSchedule(Choices.ofSeed(seed), { mutations, profile });
    if (violation === null) continue;
    // What is broken without the bug as well has not found it.
    const { violation: other } = await runSchedule(Choices.ofSeed(seed), { profile });
    if (other === null) return { name, seeds: seed, seedsMax, rule: violation.rule };
  }
  return { name, seeds: null, seedsMax, rule: null };
}
