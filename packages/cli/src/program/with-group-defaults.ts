import type { Command } from "@commander-js/extra-typings";

/** What a group does of which nothing more is said. */
const defaultName = "ls";

/**
 * `dead-letters --sync syn_…` is `dead-letters ls --sync syn_…`: of a group that lists, `ls` may be left out. Not by commander's
 * default commands, which would take a misspelt word for an argument of theirs.
 */
export function withGroupDefaults(program: Command, args: readonly string[]): string[] {
  const [name = "", next] = args;
  const group = program.commands.find((command) => command.name() === name);
  const lists = group?.commands.some((command) => command.name() === defaultName) ?? false;
  const isSaid = next !== undefined && (!next.startsWith("-") || next === "--help" || next === "-h");
  return lists && !isSaid ? [name, defaultName, ...args.slice(1)] : [...args];
}
