import type { WorkLabels } from "../telemetry/work-labels.ts";
import type { Logger } from "./create-logger.ts";
import type { Outcome } from "./outcome.ts";

/** A message as a step sees it; it cannot be settled from here. */
export interface Delivery {
  readonly subject: string;
  /** Reads one header; "" when absent. */
  readonly header: (name: string) => string;
  readonly body: Uint8Array;
  /** The message's sequence in its stream. */
  readonly seq: number;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
  /** When the stream stored it, milliseconds since the epoch. */
  readonly storedAtMs: number;
}

export interface StepContext {
  readonly log: Logger;
  /** Aborted when the service stops: give up what can be done again. */
  readonly signal: AbortSignal;
  /** Says that real progress was made: a claim is kept for minutes without, and not for ever. Call it as often as you like. */
  readonly progressed: () => void;
  /** Resolves after so many milliseconds; rejects when the service stops meanwhile. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Chance, uniform in [0, 1). */
  readonly random: () => number;
}

/** What a decision gets of the outside world: time and chance, as values. */
export interface Moment {
  readonly nowMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

export type Parsed<Input> =
  | { readonly ok: true; readonly input: Input }
  | { readonly ok: false; readonly outcome: Outcome };

/**
 * One consumer: parse, perform, gather, decide; the runtime publishes and settles.
 *
 * - `parse` is pure.
 * - `perform` runs once a delivery and does the work whose repetition is harmless, if there is any (fetching
 *   and storing mail).
 * - `gather` reads what the decision depends on. When an append meets a conflict, the world has moved:
 *   `gather` and `decide` run again, `perform` does not.
 * - `decide` is pure and synchronous.
 * - `about` names what the work is about, for its spans and log lines.
 */
export interface Step<Input, Report, Gathered> {
  readonly name: string;
  readonly about?: (input: Input) => WorkLabels;
  readonly parse: (delivery: Delivery) => Parsed<Input>;
  readonly perform: (input: Input, context: StepContext) => Promise<Report>;
  readonly gather: (input: Input, report: Report, context: StepContext) => Promise<Gathered>;
  readonly decide: (input: Input, report: Report, gathered: Gathered, moment: Moment) => Outcome;
}

/** For steps whose whole work is a decision. */
export const nothingToPerform = async (): Promise<void> => {};
