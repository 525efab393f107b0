import type { Mutations } from "../mutations.ts";
import type { PlantedBug } from "./plant.ts";

/** The chunker does not look whether an account is leaving. */
const unaware: Mutations = {
  ports: {
    chunkerState: (state) => ({
      ...state,
      course: async (ref) => {
        const { course, seq } = await state.course(ref);
        const { removal: _, ...others } = course;
        return { course: others, seq };
      },
    }),
  },
};

/** Mistakes in removing accounts. */
export const plantedInRemovals: readonly PlantedBug[] = [
  {
    name: "what comes too late of a removed account is projected",
    mutations: { withoutRemoved: (_states, events) => events },
    profile: "removals",
    seedsMax: 2_000,
  },
  {
    name: "requests of an account that is leaving are taken like others",
    mutations: unaware,
    profile: "removals",
    seedsMax: 500,
  },
  {
    name: "a removal ends no sync",
    mutations: {
      append: (effect) =>
        effect.fact.type === "account.removal_requested"
          ? { ...effect, fact: { ...effect.fact, cancelled: [] } }
          : effect,
    },
    profile: "removals",
    seedsMax: 200,
  },
];
