import type { BudgetState } from "./budget.ts";

/** Where budgets are shared by all processes. Disposable: without what it held, budgets begin afresh. */
export interface BudgetStore {
  /** Reads, and writes what `change` makes of it, unless somebody has written meanwhile: then again. @returns its result */
  update<T>(key: string, change: (state: BudgetState) => BudgetChange<T>): Promise<T>;
  read(key: string): Promise<BudgetState>;
}

export interface BudgetChange<T> {
  /** The state that was given, when there is nothing to write. */
  readonly state: BudgetState;
  readonly result: T;
}
