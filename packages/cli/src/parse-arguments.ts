import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./command.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

export const flag = { type: "boolean", default: false } as const;
export const text = { type: "string" } as const;

/** How many operands a command takes. */
export interface Operands {
  readonly min: number;
  readonly max: number;
  /** What to name when too few are given, as a person says it: "a sync". Absent where none is asked for. */
  readonly what?: string;
}

export const oneSync: Operands = { min: 1, max: 1, what: "a sync" };
export const oneAccount: Operands = { min: 1, max: 1, what: "an account" };

/** @throws UsageError for options that are not known, and a number of operands that is not allowed */
export function parseArguments<T extends Options>(
  args: readonly string[],
  options: T,
  { min, max, what = "one" }: Operands,
) {
  const parsed = parse(args, options);
  const { length } = parsed.positionals;
  if (length < min || length > max)
    throw new UsageError(
      length < min ? `Name ${what}.` : `"${parsed.positionals[max]}" is one operand too many.`,
    );
  return parsed;
}

function parse<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
