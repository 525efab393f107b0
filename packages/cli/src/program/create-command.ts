import { Command, Help, Option } from "@commander-js/extra-typings";
import { createPaint } from "../terminal/paint.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a command did, as an exit code, for whoever runs it. */
export interface Run {
  readonly world: Surroundings;
  exitCode: number;
}

const helpColumnsMax = 110;

/** A command that writes where it is told to, ends nothing by itself, and knows what was meant by a misspelt word. */
export function createCommand(run: Run, name: string): Command {
  const { stdout, stderr, env } = run.world;
  const command = new Command(name);
  return (
    command
      .exitOverride()
      .helpOption("-h, --help", "this text")
      .helpCommand(false)
      // What follows the name of a command below is that command's own.
      .enablePositionalOptions()
      .showSuggestionAfterError()
      .showHelpAfterError("(--help tells what there is.)")
      .configureHelp({
        sortSubcommands: false,
        styleTitle: (text) => createPaint(stdout, env).strong(text),
        optionDescription: (option) => {
          const text =
            option.defaultValue === false ? option.description : Help.prototype.optionDescription(option);
          return option.mandatory ? `${text} (required)` : text;
        },
        subcommandTerm: (command) =>
          [command.name(), ...command.registeredArguments.map((argument) => argumentTerm(argument))].join(
            " ",
          ),
      })
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
        outputError: (text, write) => write(sentence(withChoices(command, text))),
        getOutHelpWidth: () => Math.min(stdout.columns || helpColumnsMax, helpColumnsMax),
        getErrHelpWidth: () => helpColumnsMax,
      })
  );
}

/** Of an argument that is not given: what it may be, where that is known. Commander tells it only of one that is wrong. */
function withChoices(command: Command, text: string): string {
  const [, missing] = /^error: missing required argument '(.+)'/.exec(text) ?? [];
  const argument = command.registeredArguments.find((one) => one.name() === missing);
  return argument?.argChoices === undefined
    ? text
    : `${text.trimEnd()}. It is one of ${argument.argChoices.join(", ")}.\n`;
}

/** Commander's words, as ours look. */
const sentence = (text: string): string =>
  text
    .replace(/^error: (.)/, (_, first: string) => first.toUpperCase())
    .replaceAll("\n(Did you", " (Did you");

const argumentTerm = (argument: { name(): string; required: boolean; variadic: boolean }): string => {
  const name = `${argument.name()}${argument.variadic ? "…" : ""}`;
  return argument.required ? name : `[${name}]`;
};

/** What stands below a command's options: its exit codes, and sentences or examples before them. */
export function helpEnd(exits: string, more = ""): string {
  return `${more === "" ? "" : `\n${more}\n`}\nExit code: ${exits}\n`;
}

export const profileOption = (): Option<"--profile <name>"> =>
  new Option("--profile <name>", "a Millrace that `millrace login` has saved, instead of the environment's");

/** Has the exit code of an action be the command's. */
export const ending =
  <Args extends unknown[]>(run: Run, act: (...args: Args) => Promise<number>) =>
  async (...args: Args): Promise<void> => {
    run.exitCode = await act(...args);
  };

/**
 * Runs what lasts until it ends by itself or a person presses Ctrl-C.
 *
 * @param left what is said then
 * @returns what it returns, or the exit code of an interruption
 */
export async function untilInterrupted(
  { world }: Run,
  left: () => string,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  const interrupted = new CommandError("interrupted");
  const forget = world.onInterrupt(() => stop.abort(interrupted));
  try {
    return await work(stop.signal);
  } catch (error) {
    if (error !== interrupted) throw error;
    const text = left();
    if (text !== "") world.stderr.write(`${text}\n`);
    return exitCodes.interrupted;
  } finally {
    forget();
  }
}
