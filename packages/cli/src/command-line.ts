import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { explainError } from "./api/explain-error.ts";
import type { Run } from "./program/create-command.ts";
import { createProgram } from "./program/create-program.ts";
import { exitCodes, UsageError } from "./program/exit-codes.ts";
import type { Surroundings } from "./program/surroundings.ts";
import { withGroupDefaults } from "./program/with-group-defaults.ts";

/**
 * Carries out what somebody typed.
 *
 * @param args what follows `millrace`
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], world: Surroundings): Promise<number> {
  const run: Run = { world, exitCode: exitCodes.done };
  const program = createProgram(run);
  if (args.length === 0) {
    world.stderr.write(`Name a command.\n\n${program.helpInformation()}`);
    return exitCodes.failed;
  }
  try {
    const meant = withoutHelpOfNone(program, withHelpAsOption(args));
    await program.parseAsync(withGroupDefaults(program, meant), { from: "user" });
    return run.exitCode;
  } catch (error) {
    // Commander has said already what is wrong, or printed what was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.failed;
    if (error instanceof UsageError) world.stderr.write(`${error.message}\n`);
    else world.stderr.write(`${explainError(error, world.env, profileIn(args))}\n`);
    return exitCodes.failed;
  }
}

/** `help sync` is `sync --help`. */
const withHelpAsOption = (args: readonly string[]): readonly string[] =>
  args[0] === "help" ? [...args.slice(1), "--help"] : args;

/** Commander answers `bogus --help` with the help of what stands above: a command that there is not has none. */
function withoutHelpOfNone(program: CommandUnknownOpts, args: readonly string[]): readonly string[] {
  let command: CommandUnknownOpts | undefined = program;
  for (const arg of args) {
    if (arg.startsWith("-") || command.commands.length === 0) return args;
    command = command.commands.find((one) => one.name() === arg);
    if (command === undefined) return args.filter((each) => each !== "--help" && each !== "-h");
  }
  return args;
}

/** Whose server it is that an error is about. */
function profileIn(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === "--profile" || arg.startsWith("--profile="));
  const [, inline] = (args[at] ?? "").split("=");
  return at === -1 ? undefined : (inline ?? args[at + 1]);
}
