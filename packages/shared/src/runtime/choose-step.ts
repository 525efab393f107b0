import type { Outcome } from "./outcome.ts";
import type { Delivery, Moment, Parsed, Step, StepContext } from "./step.ts";

/** A step with its input: what is left of it is the same for all kinds. */
interface PreparedStep {
  readonly perform: (context: StepContext) => Promise<unknown>;
  readonly gather: (report: unknown, context: StepContext) => Promise<unknown>;
  readonly decide: (report: unknown, gathered: unknown, moment: Moment) => Outcome;
}

export type StepKind = (delivery: Delivery) => Parsed<PreparedStep>;

/** One kind of message that a consumer of several kinds can get. */
export function kindOf<Input, Report, Gathered>(step: Step<Input, Report, Gathered>): StepKind {
  return (delivery) => {
    const parsed = step.parse(delivery);
    if (!parsed.ok) return parsed;
    const { input } = parsed;
    return {
      ok: true,
      input: {
        perform: (context) => step.perform(input, context),
        gather: (report, context) => step.gather(input, report as Report, context),
        decide: (report, gathered, moment) =>
          step.decide(input, report as Report, gathered as Gathered, moment),
      },
    };
  };
}

/** One consumer for messages of several kinds, each with a step of its own. */
export function chooseStep(
  name: string,
  choose: (delivery: Delivery) => StepKind,
): Step<PreparedStep, unknown, unknown> {
  return {
    name,
    parse: (delivery) => choose(delivery)(delivery),
    perform: (step, context) => step.perform(context),
    gather: (step, report, context) => step.gather(report, context),
    decide: (step, report, gathered, moment) => step.decide(report, gathered, moment),
  };
}
