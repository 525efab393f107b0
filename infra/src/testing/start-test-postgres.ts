import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packagedPostgres, reachablePostgres } from "../postgres/postgres-binaries.ts";
import { startPostgres } from "../postgres/start-postgres.ts";
import { unprivilegedUser } from "../process/run-as.ts";
import { startWatchdog } from "../process/watchdog.ts";

/** The Postgres of a run of tests: throwaway data, flushing off. */
export interface TestPostgres {
  /** Its superuser's, for the database `postgres`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A process of ours, gone when we are. */
export async function startEmbeddedPostgres(): Promise<TestPostgres> {
  const runAs = unprivilegedUser();
  const binaries = reachablePostgres(packagedPostgres(), runAs);
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
  chmodSync(folder, 0o711);
  const watchdog = startWatchdog("QUIT", [folder]);
  const cleanUp = (): void => {
    rmSync(folder, { recursive: true, force: true });
    watchdog.dismiss();
  };
  try {
    const { url, process } = await startPostgres({
      binaries,
      dataFolder: join(folder, "postgres"),
      logFile: join(folder, "postgres.log"),
      password: randomBytes(16).toString("hex"),
      runAs,
      unsafe: true,
    });
    watchdog.guard(process.pid);
    return {
      url,
      stop: async () => {
        await process.stop("SIGQUIT", 10_000);
        cleanUp();
      },
    };
  } catch (error) {
    cleanUp();
    throw error;
  }
}
