import { z } from "zod";

const count = z.int().nonnegative();

/**
 * Where every listed message went. A sync may complete only when
 * `listed = stored + unchanged + gone + deadLettered` (rule I2).
 */
export const ledgerSchema = z.object({
  listed: count.describe("Message ids that the provider listed"),
  stored: count.describe("Fetched and written by this sync"),
  unchanged: count.describe("Already there, or listed before and set aside: nothing to do"),
  gone: count.describe("Vanished between being listed and being fetched"),
  deadLettered: count.describe("Set aside with a reason, to be looked at"),
});
export type Ledger = z.infer<typeof ledgerSchema>;

export const emptyLedger: Ledger = Object.freeze({
  listed: 0,
  stored: 0,
  unchanged: 0,
  gone: 0,
  deadLettered: 0,
});

export function addLedgers(a: Ledger, b: Ledger): Ledger {
  return {
    listed: a.listed + b.listed,
    stored: a.stored + b.stored,
    unchanged: a.unchanged + b.unchanged,
    gone: a.gone + b.gone,
    deadLettered: a.deadLettered + b.deadLettered,
  };
}

export function isBalanced(ledger: Ledger): boolean {
  return ledger.listed === ledger.stored + ledger.unchanged + ledger.gone + ledger.deadLettered;
}
