import { createHash } from "node:crypto";

const dayMs = 24 * 60 * 60_000;

/**
 * When it is an account's turn the next time. Each account has a place of its own in the period, which follows from its id
 * and stays: turns are spread evenly however accounts came, and come back to their places after an outage.
 *
 * @param everyDays the period
 * @param afterMs the turn is later than this; milliseconds since the epoch, as the answer
 */
export function nextTurnMs(accountId: string, everyDays: number, afterMs: number): number {
  const periodMs = everyDays * dayMs;
  const placeMs = Math.floor(placeOf(accountId) * periodMs);
  return (Math.floor((afterMs - placeMs) / periodMs) + 1) * periodMs + placeMs;
}

/** The turn after one that is taken now, however late it is: not twice within half a period. */
export const turnAfterMs = (accountId: string, everyDays: number, nowMs: number): number =>
  nextTurnMs(accountId, everyDays, nowMs + (everyDays * dayMs) / 2);

/** Uniform in [0, 1), and the same each time. */
const placeOf = (accountId: string): number =>
  createHash("sha256").update(accountId).digest().readUInt32BE() / 2 ** 32;
