import { expect, test } from "vitest";
import { readCommandTree } from "../completion/command-tree.ts";
import type { Run } from "./create-command.ts";
import { createProgram } from "./create-program.ts";

test("all commands but those that the help names take --json", () => {
  const world = { stdout: process.stdout, stderr: process.stderr, env: {} };
  const program = createProgram({ world, exitCode: 0 } as unknown as Run);
  const leaves = readCommandTree(program).filter(({ offers }) =>
    offers.every(({ kind }) => kind === "option"),
  );
  const without = leaves.filter(({ offers }) => !offers.some(({ word }) => word === "--json"));
  expect(without.map(({ path }) => path)).toEqual(["up", "completion"]);
});
