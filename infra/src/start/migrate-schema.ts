import { join } from "node:path";
import { readLogTail } from "../process/read-log.ts";
import { describeExit, startServerProcess } from "../process/server-process.ts";
import { checkout } from "./data-folder.ts";
import type { StackContext } from "./stack-context.ts";

const migrateTimeoutMs = 120_000;
/** EX_UNAVAILABLE of sysexits.h: what the migration exits with, after one sentence, when Postgres does not answer. */
const unreachableExitCode = 69;

const lastLine = (logFile: string): string => readLogTail(logFile, 1);

/** Brings the schema up to date; returns the URL that it was given. */
export async function migrateSchema(
  { announcer, data, env, table, signal }: StackContext,
  databaseUrl: string,
): Promise<string> {
  signal.throwIfAborted();
  const logFile = data.freshLog("migrate");
  const run = async () => {
    const child = await startServerProcess({
      command: process.execPath,
      args: [join(checkout, "packages/shared/src/postgres/migrate-main.ts")],
      env: { ...env, DATABASE_URL: databaseUrl },
      logFile,
      onSpawn: (process) => table.track("migrate", "service", process),
    });
    const timer = setTimeout(() => child.signal("SIGKILL"), migrateTimeoutMs);
    const exit = await child.exited;
    clearTimeout(timer);
    signal.throwIfAborted();
    if (exit.code === unreachableExitCode) throw new Error(lastLine(logFile));
    if (exit.code !== 0) throw new Error(`The migrations failed: the process ${describeExit(exit, logFile)}`);
  };
  await announcer.step("Bringing the schema up to date", run, () => "Schema up to date");
  return databaseUrl;
}
