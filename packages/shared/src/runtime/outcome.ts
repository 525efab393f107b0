import type { Fact } from "../events/facts.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { Lane, WorkItem } from "../events/work-item.ts";

/**
 * What a step decides, as a value: the runtime publishes and settles, a step never does. A delivery whose
 * effects could not all be published is redelivered and decided again, so effects must be repeatable.
 */
export type Outcome =
  /** Publish in order, then acknowledge. */
  | { readonly kind: "done"; readonly effects: readonly Effect[] }
  /** Acknowledge: nothing follows from it (any more). */
  | { readonly kind: "ignore"; readonly why: string }
  /** Something went wrong: publish what could be decided all the same, and redeliver after a delay. */
  | {
      readonly kind: "retry";
      readonly delayMs: number;
      readonly why: string;
      readonly effects: readonly Effect[];
    }
  /** Nothing is wrong, it is only too early: the same, but it counts as waiting (rule I6). */
  | {
      readonly kind: "defer";
      readonly delayMs: number;
      readonly why: string;
      readonly effects: readonly Effect[];
    }
  /** It can never be handled: publish the fact that says so, then terminate. */
  | { readonly kind: "reject"; readonly effects: readonly Effect[]; readonly why: string };

export type DelayedOutcome = Extract<Outcome, { kind: "retry" | "defer" }>;

export type Effect = AppendEffect | EnqueueEffect;

/** Append a fact to the log. */
export interface AppendEffect {
  readonly kind: "append";
  readonly ref: AccountRef;
  readonly eventId: string;
  readonly fact: Fact;
  /**
   * The stream sequence that must be the last one on the fact's subject (0: none yet), so that the first writer
   * wins; null appends whatever is there. On a conflict the step gathers and decides again.
   */
  readonly expectedSeq: number | null;
}

/** Put a chunk on the work queue. `dedupeId` spares a duplicate within the queue's window; a duplicate does no harm. */
export interface EnqueueEffect {
  readonly kind: "enqueue";
  readonly ref: AccountRef;
  readonly lane: Lane;
  readonly item: WorkItem;
  readonly dedupeId: string;
}

export const done = (...effects: readonly Effect[]): Outcome => ({ kind: "done", effects });
export const ignore = (why: string): Outcome => ({ kind: "ignore", why });
export const retry = (delayMs: number, why: string): DelayedOutcome => ({
  kind: "retry",
  delayMs,
  why,
  effects: [],
});
export const defer = (delayMs: number, why: string): DelayedOutcome => ({
  kind: "defer",
  delayMs,
  why,
  effects: [],
});
export const reject = (why: string, ...effects: readonly Effect[]): Outcome => ({
  kind: "reject",
  effects,
  why,
});
