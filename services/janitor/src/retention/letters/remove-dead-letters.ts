import { removeRows } from "../remove-rows.ts";
import type { RetentionPorts } from "../retention-ports.ts";
import type { RetentionScope } from "../retention-scope.ts";
import { letterContentRule } from "../row-rules.ts";
import { untilProjected } from "../until-projected.ts";
import { discardOldLetters } from "./discard-old-letters.ts";
import { forgetLetters } from "./forget-letters.ts";

/** How long dead letters are kept where their tenant says nothing else, in days. */
export interface LetterPeriods {
  /** After they were settled. */
  readonly settledDays: number;
  /** Open ones, until they are discarded; 0: for ever. */
  readonly openDays: number;
}

/**
 * Discards open dead letters that nobody has wanted for long, removes settled ones that have had their time, and then the
 * bytes that no letter names.
 */
export async function removeDeadLetters(
  ports: RetentionPorts,
  { settledDays, openDays }: LetterPeriods,
  scope: RetentionScope,
): Promise<void> {
  await discardOldLetters(ports, openDays, scope);
  const last = await forgetLetters(ports, settledDays, scope);
  if (!scope.isDryRun && last !== null) await untilProjected(ports, "dead_letters", [last], scope); // it hears of them in order
  await removeRows(ports.pool, letterContentRule(settledDays), scope);
}
