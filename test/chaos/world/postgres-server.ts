import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packagedPostgres, reachablePostgres } from "@millrace/infra/postgres/postgres-binaries";
import type { PostgresSpec } from "@millrace/infra/postgres/postgres-spec";
import { postgresUrl, type RunningPostgres, startPostgres } from "@millrace/infra/postgres/start-postgres";
import { unprivilegedUser } from "@millrace/infra/process/run-as";
import type { ChaosFolder } from "./chaos-folder.ts";
import { Mutex } from "./mutex.ts";
import { reservePort } from "./reserve-port.ts";

const startTries = 40;
const retryMs = 500;

/** A Postgres that can be taken away and comes back on the same port with the same data. */
export class PostgresServer {
  readonly port: number;
  readonly #spec: PostgresSpec;
  /** Not on the data's own disk, which is small. */
  readonly #backupFolder: string;
  readonly #lock = new Mutex();
  #running: RunningPostgres | null = null;

  private constructor(port: number, spec: PostgresSpec, backupFolder: string) {
    this.port = port;
    this.#spec = spec;
    this.#backupFolder = backupFolder;
  }

  static async start(folder: ChaosFolder): Promise<PostgresServer> {
    const port = await reservePort();
    const runAs = unprivilegedUser();
    const spec: PostgresSpec = {
      binaries: reachablePostgres(packagedPostgres(), runAs),
      dataFolder: join(folder.postgresDisk.folder, "data"),
      logFile: join(folder.logs, "postgres.log"),
      password: randomBytes(16).toString("hex"),
      runAs,
      port,
      onSpawn: (process) => folder.guard(process),
      unsafe: true,
      // Nothing has to survive a loss of power, but what was committed has to survive kill -9. Little WAL, so that
      // a full disk is met by all that is written.
      settings: ["synchronous_commit=on", "full_page_writes=on", "max_wal_size=128MB", "log_checkpoints=off"],
    };
    const server = new PostgresServer(port, spec, join(folder.path, "postgres.backup"));
    await server.#start();
    return server;
  }

  /** The URL of a database of it, through any port that leads to it. */
  url(database: string, port = this.port): string {
    return postgresUrl(port, this.#spec.password, database);
  }

  /** `kill -9` of the postmaster; its sessions notice and end. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** An immediate shutdown: nothing is written, the next start recovers. */
  stopImmediately(): Promise<void> {
    return this.#end("SIGQUIT");
  }

  /** Stops it in order, copies all its data, and starts it again. */
  backUp(): Promise<void> {
    return this.#lock.run(async () => {
      await this.#running?.stop();
      copyFolder(this.#spec.dataFolder, this.#backupFolder);
      await this.#start();
    });
  }

  /** Kills it, puts the backup in place of its data, and starts it. */
  restore(): Promise<void> {
    return this.#lock.run(async () => {
      await this.#running?.process.stop("SIGKILL", 0);
      copyFolder(this.#backupFolder, this.#spec.dataFolder);
      await this.#start();
    });
  }

  /** Starts it unless it runs, after whatever recovery it needs. */
  ensureRunning(): Promise<void> {
    return this.#lock.run(() => this.#start());
  }

  stop(): Promise<void> {
    return this.#lock.run(async () => {
      await this.#running?.process.stop("SIGQUIT", 5_000);
      this.#running = null;
    });
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    return this.#lock.run(async () => void (await this.#running?.process.stop(signal, 5_000)));
  }

  async #start(): Promise<void> {
    for (let tries = 1; this.#running === null || this.#running.process.exit() !== null; tries++) {
      try {
        this.#running = await startPostgres(this.#spec);
      } catch (error) {
        // Sessions of a killed postmaster hold its memory for a moment.
        if (tries >= startTries) throw error;
        await sleep(retryMs);
      }
    }
  }
}

/** Puts a copy in place of what is there, with owners and modes, which Postgres insists on. */
function copyFolder(from: string, to: string): void {
  // Sessions of a killed postmaster may still write for a moment.
  rmSync(to, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  const { status, stderr } = spawnSync("cp", ["-a", from, to], { encoding: "utf8" });
  if (status !== 0) throw new Error(`Postgres' data cannot be copied: ${stderr}`);
}
