import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./command.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

export const flag = { type: "boolean", default: false } as const;
export const text = { type: "string" } as const;

/** @throws UsageError for options that are not known, and a number of operands that is not allowed */
export function parseArguments<T extends Options>(
  args: readonly string[],
  options: T,
  { min, max }: { readonly min: number; readonly max: number },
) {
  const parsed = parse(args, options);
  const { length } = parsed.positionals;
  if (length < min || length > max)
    throw new UsageError(length < min ? "Something is missing." : "That is too much.");
  return parsed;
}

function parse<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
