import { Command, CommanderError } from "@commander-js/extra-typings";

const told = /\(Did you mean (?:one of )?(.+)\?\)/;

/**
 * Which of some names are meant by a misspelt one, as commander finds them among commands: it hands its measure of how far two words
 * are apart to nobody, so it is asked as if the names were commands.
 */
export function namesMeant(misspelt: string, names: readonly string[]): string[] {
  const asked = new Command()
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ outputError: () => undefined });
  for (const name of names) asked.command(name);
  try {
    asked.parse([misspelt], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return told.exec(error.message)?.[1]?.split(", ") ?? [];
  }
  return [];
}
