import { type BudgetState, freshBudget } from "../budget.ts";
import type { BudgetStore } from "../budget-store.ts";

/** Budgets of one process, for tests. */
export function memoryBudgetStore(): BudgetStore & { readonly states: ReadonlyMap<string, BudgetState> } {
  const states = new Map<string, BudgetState>();
  return {
    states,
    read: async (key) => states.get(key) ?? freshBudget,
    async update(key, change) {
      const { state, result } = change(states.get(key) ?? freshBudget);
      states.set(key, state);
      return result;
    },
  };
}
