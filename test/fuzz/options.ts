import { parseArgs } from "node:util";
import { UsageError, wholeNumber } from "../support/whole-number.ts";

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `usage: npm run fuzz -- [options]

Asks the API, as its description (/openapi.json) tells it, everything at random: every route, with valid bodies, bodies at
the limits, and bodies that are wrong, under all kinds of keys, against a real database and a real broker.

  --requests N   how many (20,000)
  --seed N       the same seed makes the same requests (1)
  --json         one line on standard output: {"requests":…,"violations":…,"seconds":…,"statuses":{…},"routes":…}
  --help         this text

Every answer has to come within ten seconds; none may be a server's error; a refusal is a problem document that tells
nothing of our insides; what was refused has changed nothing in the database and on the broker; what is certainly wrong is
refused; and every route is reached by requests that succeed.

exit code: 0 when all of that holds, 1 otherwise, 2 for options that make no sense
`;

/** @throws UsageError */
export function parseFuzzOptions(args: readonly string[]): FuzzOptions {
  const values = read(args);
  return {
    requests: wholeNumber("--requests", values.requests ?? "20000", 1),
    seed: wholeNumber("--seed", values.seed ?? "1", 0),
    json: values.json,
    help: values.help,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        requests: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}
