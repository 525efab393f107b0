import type { Fact } from "../events/facts.ts";
import type { AccountRef, EndpointRef } from "../events/subjects.ts";
import type { WorkItem, WorkLane } from "../events/work-item.ts";

/**
 * What a step decides, as a value: the runtime publishes and settles, a step never does. A delivery whose
 * effects could not all be published is redelivered and decided again, so effects must be repeatable.
 *
 * There is no "come back later" here: work that has to wait goes back to the queue as an effect that is not due
 * yet, and its delivery is done. So no claim is held by what nobody works on.
 */
export type Outcome =
  /** Publish in order, then acknowledge. */
  | { readonly kind: "done"; readonly effects: readonly Effect[] }
  /** Acknowledge: nothing follows from it (any more). */
  | { readonly kind: "ignore"; readonly why: string }
  /** It can never be handled: publish the fact that says so, then terminate. */
  | { readonly kind: "reject"; readonly effects: readonly Effect[]; readonly why: string };

export type Effect = AppendEffect | EnqueueEffect | TurnEffect;

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
  /**
   * The subject, or filter, whose last sequence is expected; the fact's own when absent. So a fact that continues
   * another one gets into no log that lacks it.
   */
  readonly expectedOn?: string;
}

/** Put a piece of work on the queue. A duplicate does no harm. */
export interface EnqueueEffect {
  readonly kind: "enqueue";
  readonly ref: AccountRef;
  readonly lane: WorkLane;
  readonly item: WorkItem;
  /** Spares a duplicate within the queue's window. */
  readonly dedupeId: string;
  /** When it is due, milliseconds since the epoch; null: now. Work that waits replaces its own older self. */
  readonly dueAtMs: number | null;
}

/** Give a webhook endpoint a turn: what it is due is sent then. A turn too many finds nothing to do. */
export interface TurnEffect {
  readonly kind: "turn";
  readonly ref: EndpointRef;
  /** Spares a duplicate within the queue's window. */
  readonly dedupeId: string;
  /** When it is due, milliseconds since the epoch; null: now. */
  readonly dueAtMs: number | null;
}

export const done = (...effects: readonly Effect[]): Outcome => ({ kind: "done", effects });
export const ignore = (why: string): Outcome => ({ kind: "ignore", why });
export const reject = (why: string, ...effects: readonly Effect[]): Outcome => ({
  kind: "reject",
  effects,
  why,
});
