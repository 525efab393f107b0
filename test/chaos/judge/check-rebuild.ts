import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLogFrom } from "@millrace/infra/process/read-log";
import { startServerProcess } from "@millrace/infra/process/server-process";
import { checkout } from "../world/checkout.ts";
import { databaseName } from "../world/prepare-database.ts";
import type { World } from "../world/world.ts";

const timeoutMs = 5 * 60_000;

/** How many rows of the views differ from what the events tell: `millrace rebuild --check`. */
export async function checkRebuild(world: World): Promise<number> {
  const logFile = join(world.logs, "rebuild.log");
  writeFileSync(logFile, "");
  const child = await startServerProcess({
    command: process.execPath,
    args: [join(checkout, "packages/cli/src/main.ts"), "rebuild", "--check", "--json"],
    env: { PATH: process.env.PATH, DATABASE_URL: world.postgres.url(databaseName) },
    logFile,
    onSpawn: world.guard,
  });
  const timer = setTimeout(() => child.signal("SIGKILL"), timeoutMs);
  const { code } = await child.exited;
  clearTimeout(timer);
  const output = readLogFrom(logFile, 0);
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0 && code !== 1)
    throw new Error(`millrace rebuild --check ended with code ${code}: ${output}`);
  return (JSON.parse(line) as { differences: number }).differences;
}
