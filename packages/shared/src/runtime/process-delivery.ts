import { withSpan } from "../telemetry/with-span.ts";
import { addLabels } from "../telemetry/work-labels.ts";
import type { Effect, Outcome } from "./outcome.ts";
import { type Delivery, type Moment, nothingToPerform, type Step, type StepContext } from "./step.ts";

/** How a step's effects reach the world, and what it gets of it. */
export interface DeliveryPorts {
  /** "conflict": an append was refused because its subject has moved. */
  readonly publish: (effect: Effect) => Promise<"published" | "conflict">;
  readonly moment: () => Moment;
  /** Lets the others go first. @param round counts the conflicts so far, from 0 */
  readonly afterConflict: (round: number) => Promise<void>;
}

/** So many conflicts in a row mean that something else is wrong. */
export const conflictsMax = 50;

export class TooManyConflictsError extends Error {
  readonly code = "too_many_conflicts";
  constructor(step: string) {
    super(`${step}: ${conflictsMax} conflicts in a row`);
    this.name = "TooManyConflictsError";
  }
}

/**
 * One delivery through one step: parse, perform, gather, decide, publish; what is left is to settle it. The
 * service's runtime and the simulation both run this.
 *
 * @throws whatever the step or a port throws; {@link TooManyConflictsError}. Then nothing may be settled, and the
 *   delivery can be processed again from the start.
 */
export async function processDelivery<Input, Report, Gathered>(
  step: Step<Input, Report, Gathered>,
  delivery: Delivery,
  context: StepContext,
  ports: DeliveryPorts,
): Promise<Outcome> {
  const parsed = step.parse(delivery);
  if (!parsed.ok) {
    await publishAll(parsed.outcome, ports);
    return parsed.outcome;
  }
  if (step.about !== undefined) addLabels(step.about(parsed.input));
  const perform = () => step.perform(parsed.input, context);
  const hasWork = (step.perform as unknown) !== nothingToPerform;
  const report = await (hasWork ? withSpan("perform", {}, perform) : perform());
  for (let round = 0; round < conflictsMax; round++) {
    const gathered = await withSpan("gather", {}, () => step.gather(parsed.input, report, context));
    const outcome = step.decide(parsed.input, report, gathered, ports.moment());
    if (await publishAll(outcome, ports)) return outcome;
    await ports.afterConflict(round);
  }
  throw new TooManyConflictsError(step.name);
}

/** False when an append met a conflict: decide again. */
async function publishAll(outcome: Outcome, { publish }: DeliveryPorts): Promise<boolean> {
  if (outcome.kind === "ignore") return true;
  for (const effect of outcome.effects) {
    if ((await publish(effect)) === "conflict") return false;
  }
  return true;
}
