import type { Command } from "@commander-js/extra-typings";

/** A command with all that may follow it. */
export interface Place {
  /** The words that lead here, without `millrace`: "", "sync", "dead-letters ls". */
  readonly path: string;
  readonly offers: readonly Offer[];
  /** What an argument may be, where that is known: the shells of `completion`. */
  readonly values: readonly string[];
}

/** A word that may come next. */
export interface Offer {
  readonly word: string;
  readonly summary: string;
  readonly kind: "command" | "option";
  readonly takesValue: boolean;
  /** The values that it takes, where they are known. */
  readonly choices: readonly string[];
}

/** All commands of a program and what may follow each; those that are hidden are left out. */
export function readCommandTree(command: Command, path = ""): Place[] {
  const help = command.createHelp();
  const visible = help.visibleCommands(command);
  const place: Place = {
    path,
    offers: [
      ...visible.map((below) => ({
        word: below.name(),
        summary: below.summary(),
        kind: "command" as const,
        takesValue: false,
        choices: [],
      })),
      ...help.visibleOptions(command).map((option) => ({
        word: option.long ?? option.short ?? "",
        summary: option.description,
        kind: "option" as const,
        takesValue: option.required || option.optional,
        choices: option.argChoices ?? [],
      })),
    ],
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  return [
    place,
    ...visible.flatMap((below) => readCommandTree(below as Command, `${path} ${below.name()}`.trim())),
  ];
}
