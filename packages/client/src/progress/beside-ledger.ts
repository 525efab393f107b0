import type { Sync } from "../resources.ts";
import { handledOf } from "./handled-of.ts";

/** What of a sync's listed messages its ledger does not count, which counts chunks that are done. */
export interface BesideLedger {
  /** Messages that are dealt with in chunks that are open, or were when it was cut short. */
  readonly handled: number;
  /** Messages that nothing has come of: they are still to come, or were left behind. */
  readonly left: number;
}

/** With the ledger's own numbers they add up to what is listed, as the bar does. */
export function besideLedger({ ledger, progress }: Pick<Sync, "ledger" | "progress">): BesideLedger {
  const counted = ledger.stored + ledger.unchanged + ledger.gone + ledger.deadLettered;
  const handled = Math.max(0, handledOf(progress) - counted);
  return { handled, left: Math.max(0, ledger.listed - counted - handled) };
}
