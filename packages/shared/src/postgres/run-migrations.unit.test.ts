import { expect, it } from "vitest";
import { runnerLog } from "./run-migrations.ts";

it("passes on every warning and error but the one that is so on purpose", () => {
  const said: unknown[] = [];
  const log = runnerLog({
    warn: (text) => said.push(["warn", text]),
    error: (text) => said.push(["error", text]),
  });
  log.warn("#> WARNING: This migration is not wrapped in a transaction! <");
  log.warn("> Rolling back attempted migration ...");
  log.warn("#> WARNING: Need to break single transaction! <");
  log.error("Error executing: select");
  expect(said).toEqual([
    ["warn", "> Rolling back attempted migration ..."],
    ["warn", "#> WARNING: Need to break single transaction! <"],
    ["error", "Error executing: select"],
  ]);
});
