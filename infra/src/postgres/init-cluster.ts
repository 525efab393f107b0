import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeExit, startServerProcess } from "../process/server-process.ts";
import type { PostgresSpec } from "./postgres-spec.ts";

/** The owner of the databases. */
export const postgresUser = "millrace";

/**
 * Makes a new data folder. It is made beside its place and moved there when it is whole: an initdb that was
 * interrupted leaves a folder that looks finished and is not.
 *
 * @throws Error with the end of the log when initdb fails.
 */
export async function initCluster(spec: PostgresSpec): Promise<void> {
  const unfinished = `${spec.dataFolder}.unfinished`;
  const passwordFile = `${spec.dataFolder}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${spec.password}\n`, { mode: 0o600, flag: "wx" });
  try {
    if (spec.runAs) {
      for (const path of [unfinished, passwordFile]) chownSync(path, spec.runAs.uid, spec.runAs.gid);
    }
    const initdb = await startServerProcess({
      command: join(spec.binaries.folder, "bin/initdb"),
      args: [
        `--pgdata=${unfinished}`,
        `--username=${postgresUser}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        // The builtin provider knows Unicode case and depends on no library of the machine.
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        ...(spec.unsafe ? ["--no-sync"] : []),
      ],
      env: postgresEnv(),
      cwd: "/",
      runAs: spec.runAs,
      logFile: spec.logFile,
      onSpawn: spec.onSpawn,
    });
    const exit = await initdb.exited;
    if (exit.code !== 0) throw new Error(`initdb failed: it ${describeExit(exit, spec.logFile)}`);
    renameSync(unfinished, spec.dataFolder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
  }
}

/** Postgres takes settings from PG* variables too: none of the person's own must reach it. */
export function postgresEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
