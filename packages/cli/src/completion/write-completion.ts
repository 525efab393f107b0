import type { Command } from "@commander-js/extra-typings";
import { type Offer, type Place, readCommandTree } from "./command-tree.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A script that a shell sources. All that can be typed stands in it: completing starts no program. */
export function writeCompletion(shell: Shell, program: Command): string {
  const places = readCommandTree(program);
  return { bash, zsh, fish }[shell](places);
}

/** As one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** Where a case looks: the path with a space before each word, and the word that is typed. */
const keyOf = (path: string, word: string): string => `${path === "" ? "" : ` ${path}`} ${word}`;

const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join("");

const commandKeys = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path !== "")
    .map(({ path }) => quoted(` ${path}`))
    .join(" | ");

/** The options that take a value, with those that are known. */
const valued = (places: readonly Place[]): { readonly key: string; readonly choices: readonly string[] }[] =>
  places.flatMap(({ path, offers }) =>
    offers
      .filter(({ takesValue }) => takesValue)
      .map(({ word, choices }) => ({ key: quoted(keyOf(path, word)), choices })),
  );

const casePath = (path: string): string => quoted(path === "" ? "" : ` ${path}`);

function bash(places: readonly Place[]): string {
  const values = valued(places).map(({ key, choices }) =>
    choices.length === 0
      ? `${key}) return ;;`
      : `${key}) COMPREPLY=($(compgen -W ${quoted(choices.join(" "))} -- "$typed")); return ;;`,
  );
  const words = places.map(
    ({ path, offers, values }) =>
      `${casePath(path)}) COMPREPLY=($(compgen -W ${quoted([...values, ...offers.map(({ word }) => word)].join(" "))} -- "$typed")) ;;`,
  );
  return `# Completion of millrace for bash: source <(millrace completion bash)
_millrace() {
  local typed=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} at='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${commandKeys(places)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $before" in
${indented(values)}  esac
  case "$at" in
${indented(words)}  esac
  [[ \${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null || true
}
complete -o bashdefault -o default -F _millrace millrace
`;
}

function zsh(places: readonly Place[]): string {
  const values = valued(places).map(({ key, choices }) =>
    choices.length === 0
      ? `${key}) _files; return ;;`
      : `${key}) compadd -- ${choices.map(quoted).join(" ")}; return ;;`,
  );
  const described = ({ word, summary }: Offer): string => quoted(`${word}:${summary}`.replaceAll("`", ""));
  // After `name=` its value is typed.
  const isBegun = (value: string): boolean => value.endsWith("=");
  const begun = places
    .filter(({ values }) => values.some(isBegun))
    .map(
      ({ path, values }) =>
        `${casePath(path)}) compadd -S '' -- ${values.filter(isBegun).map(quoted).join(" ")} ;;`,
    );
  const words = places.map(
    ({ path, offers, values }) =>
      `${casePath(path)}) offered=(${[...values.filter((value) => !isBegun(value)).map(quoted), ...offers.map(described)].join(" ")}) ;;`,
  );
  return `#compdef millrace
# Completion of millrace for zsh: source <(millrace completion zsh)
_millrace() {
  local at='' i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      ${commandKeys(places)}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${indented(values)}  esac
  case "$at" in
${indented(begun)}  esac
  case "$at" in
${indented(words)}  esac
  _describe millrace offered
}
compdef _millrace millrace
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, offers, values }) => {
    const here = `complete -c millrace -n ${quoted(`__millrace_at ${quoted(path)}`)}`;
    return [
      ...(values.length === 0 ? [] : [`${here} -a ${quoted(values.join(" "))}`]),
      ...offers.map((offer) => `${here} ${fishOffer(offer)} -d ${quoted(offer.summary.replaceAll("`", ""))}`),
    ];
  });
  return `# Completion of millrace for fish
set -g __millrace_paths ${places.map(({ path }) => quoted(path)).join(" ")}
function __millrace_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$at $word")
    contains -- "$next" $__millrace_paths; and set at "$next"
  end
  test "$at" = "$argv[1]"
end
complete -c millrace -f
${lines.join("\n")}
`;
}

function fishOffer({ word, kind, takesValue, choices }: Offer): string {
  if (kind === "command") return `-a ${quoted(word)}`;
  const name = `-l ${quoted(word.replace(/^--/, ""))}`;
  if (!takesValue) return name;
  return choices.length === 0 ? `${name} -r -F` : `${name} -x -a ${quoted(choices.join(" "))}`;
}
