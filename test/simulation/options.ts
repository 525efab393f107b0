import { parseArgs } from "node:util";
import { UsageError, wholeNumber } from "../support/whole-number.ts";
import { profiles } from "./plan/profiles.ts";

export interface SimulateOptions {
  readonly seeds: number;
  readonly from: number;
  readonly profile: string | undefined;
  readonly json: boolean;
  readonly plantedBugs: boolean;
  readonly trace: boolean;
  readonly help: boolean;
}

export const usage = `usage: npm run simulate -- [options]

Runs the steps of all services over an in-memory broker, database and provider, in schedules that follow from seeds:
every order of effects, lost and late acknowledgements, deaths between any two effects, lost queues, logs and
databases. Checks the rules of the project after every step.

  --seeds N        how many schedules (2,000)
  --from FIRST     the first seed (1); a seed that failed replays exactly with --from SEED --seeds 1
  --profile NAME   only this kind of bad day: order, provider, broker, store, deaths, persons, poison, "lost queue",
                   "lost log", "lost database", wild
  --trace          with one seed: print what happens, step by step
  --planted-bugs   instead: plants mistakes into the code under test, and sees that each is found
  --json           one line on standard output: {"schedules":…,"violations":…,"seconds":…}
  --help           this text

A schedule that breaks a rule is made as small as it gets, and printed step by step on standard error.

exit code: 0 when no rule was broken (every planted bug was found), 1 otherwise, 2 for options that make no sense
`;

/** @throws UsageError */
export function parseSimulateOptions(args: readonly string[]): SimulateOptions {
  const values = read(args);
  if (values.profile !== undefined && !profiles.some(({ name }) => name === values.profile)) {
    throw new UsageError(`There is no profile "${values.profile}".\n\n${usage}`);
  }
  return {
    seeds: wholeNumber("--seeds", values.seeds ?? "2000", 1),
    from: wholeNumber("--from", values.from ?? "1", 0),
    profile: values.profile,
    json: values.json,
    plantedBugs: values["planted-bugs"],
    trace: values.trace,
    help: values.help,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seeds: { type: "string" },
        from: { type: "string" },
        profile: { type: "string" },
        json: { type: "boolean", default: false },
        trace: { type: "boolean", default: false },
        "planted-bugs": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
