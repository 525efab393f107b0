import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAsTyped } from "../testing/run-as-typed.ts";
import { type Shell, shells } from "./write-completion.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-completion-"));
  for (const shell of shells)
    writeFileSync(join(folder, shell), (await runAsTyped(["completion", shell])).stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How each shell is asked what it would offer for the last of these words. */
const questions: Readonly<Record<Shell, (script: string, words: readonly string[]) => string>> = {
  bash: (script, words) =>
    `source ${script}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // What zsh's own functions would show, they print; the part that compares with what is typed is theirs.
  zsh: (script, words) =>
    `compdef() { :; }; _files() { :; }; compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -rl -- "$@"; }; _describe() { print -rl -- "\${(@)\${(P)2}%%:*}"; }; source ${script}; words=(${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length}; _millrace`,
  fish: (script, words) =>
    `source ${script}; complete -C '${words.join(" ")}' | string replace -r '\\t.*' ''; true`,
};

const isThere = (shell: Shell): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

describe.each(shells)("in %s", (shell) => {
  const offered = (...words: string[]): string[] => {
    const { stdout, stderr, status } = spawnSync(
      shell,
      [
        ...(shell === "fish" ? ["--no-config"] : shell === "zsh" ? ["-f"] : ["--norc"]),
        "-c",
        questions[shell](join(folder, shell), words),
      ],
      { encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } },
    );
    expect([status, stderr]).toEqual([0, ""]);
    const typed = words.at(-1) ?? "";
    return stdout.split("\n").filter((word) => word !== "" && word.startsWith(typed));
  };

  test.skipIf(!isThere(shell))("commands, what a group has, options and their values are offered", () => {
    expect(offered("millrace", "dead")).toEqual(["dead-letters"]);
    expect(offered("millrace", "dead-letters", "re")).toEqual(["redrive"]);
    expect(offered("millrace", "sync", "ann@example.com", "--wat")).toEqual(["--watch"]);
    expect(offered("millrace", "sync", "--mode", "f")).toEqual(["full"]);
    expect(offered("millrace", "completion", "z")).toEqual(["zsh"]);
    expect(offered("millrace", "retention", "run", "--task", "me")).toEqual(["messages"]);
    expect(offered("millrace", "retention", "periods", "re")).toEqual(["reset"]);
    expect(offered("millrace", "retention", "periods", "set", "au")).toEqual(["auditDays="]);
    expect(offered("millrace", "retention", "periods", "reset", "au")).toEqual(["auditDays"]);
    expect(offered("millrace", "accounts", "ho")).toEqual(["hold"]);
  });

  test.skipIf(!isThere(shell))("what is hidden, or belongs to another command, is not", () => {
    expect(offered("millrace", "delete-")).toEqual([]);
    expect(offered("millrace", "status", "--wat")).toEqual([]);
  });
});

test.each([[["tcsh"]], [[]]])(
  "another shell than there is, or none, is refused with those that there are: %j",
  async (words) => {
    const { code, stderr } = await runAsTyped(["completion", ...words]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("bash, zsh, fish")]);
  },
);
