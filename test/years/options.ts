import { parseArgs } from "node:util";
import { UsageError, wholeNumber } from "../support/whole-number.ts";

export interface SimulateYearsOptions {
  readonly months: number;
  readonly accounts: number;
  readonly seed: number;
  readonly json: boolean;
  readonly help: boolean;
}

/** Fewer would not see whether anything grows. */
const monthsMin = 6;
const accountsMin = 10;

export const usage = `usage: npm run simulate-years -- [options]

Months of time in minutes: a Postgres and a NATS server, the services' own code on them, and a clock that is moved.
Accounts of ten tenants are synced daily; syncs fail, are cancelled, leave dead letters; mail comes with attachments that
others have as well, and is deleted; accounts are held for a while, rest, leave. At each month's end the janitor does all
of its tasks. Then what is there is compared with what should be, what went with what the audit trail tells, and sizes
with those of the months before.

  --months N     how many, of 30 days, at least ${monthsMin} (24); the audit trail is kept for 365 days, with fewer than 18
                 months for 45
  --accounts N   how many at a time, at least ${accountsMin} (200)
  --seed N       what happens follows from it (1)
  --json         one line on standard output: {"months":…,"syncs":…,"wrong":[…],…}; progress goes to standard error
  --help         this text

exit code: 0 when nothing was wrong, 1 otherwise, 2 for options that make no sense
`;

/** @throws UsageError */
export function parseSimulateYearsOptions(args: readonly string[]): SimulateYearsOptions {
  const values = read(args);
  return {
    months: wholeNumber("--months", values.months ?? "24", monthsMin),
    accounts: wholeNumber("--accounts", values.accounts ?? "200", accountsMin),
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
        months: { type: "string" },
        accounts: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
