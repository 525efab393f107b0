import { z } from "zod";

/** Why an attempt did not succeed: DESIGN's table "Retry and recovery". `crash_loop` is a claim that keeps killing its worker. */
export const faultCategorySchema = z.enum([
  "rate_limited",
  "transient",
  "token_expired",
  "consent_lost",
  "gone",
  "watermark_expired",
  "bad_item",
  "unknown",
  "crash_loop",
]);
export type FaultCategory = z.infer<typeof faultCategorySchema>;

/**
 * What came before this attempt of a piece of work. It travels with the work, so that whoever claims it next
 * decides on it: nothing about attempts lives in a process's memory, and what the broker redelivers by itself
 * (a killed worker, a restart) counts for nothing here.
 */
export const attemptHistorySchema = z.object({
  failed: z.int().nonnegative().describe("Attempts that did not settle it"),
  streak: z
    .int()
    .nonnegative()
    .describe("Of these, the last ones in a row that got nowhere: drives the backoff"),
  poison: z
    .int()
    .nonnegative()
    .describe("Of these, in a row, those that may be its own fault: the budget (rule I6)"),
});
export type AttemptHistory = z.infer<typeof attemptHistorySchema>;

export const noHistory: AttemptHistory = Object.freeze({ failed: 0, streak: 0, poison: 0 });

/**
 * What follows from a failed attempt. wait: nothing is wrong, it is too early; retry: after a backoff; pause: the
 * sync pauses; set_aside: the budget is spent, what is open becomes dead letters (or, for a listing, ends the sync).
 */
export const nextAfterAttemptSchema = z.enum(["wait", "retry", "pause", "set_aside"]);
export type NextAfterAttempt = z.infer<typeof nextAfterAttemptSchema>;
