import { execFile } from "node:child_process";
import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { PostgresSpec } from "@millrace/infra/postgres/postgres-spec";
import { postgresUrl, type RunningPostgres, startPostgres } from "@millrace/infra/postgres/start-postgres";
import pg from "pg";
import { Database } from "./database.ts";
import { Mutex } from "./mutex.ts";

const startTries = 40;
const retryMs = 500;
/** Files that were there when they were listed and gone when they were read: what WAL replays needs none of them. */
const vanished = /^(cp: .*No such file or directory\n?)+$/;

/** One Postgres process that can be taken away and comes back on the same port with the same data. */
export class PostgresServer {
  readonly port: number;
  readonly #spec: PostgresSpec;
  readonly #lock = new Mutex();
  #running: RunningPostgres | null = null;
  /** Whom it follows; null: nobody, it is the primary. */
  #follows: string | null = null;

  constructor(port: number, spec: Omit<PostgresSpec, "port">) {
    this.port = port;
    this.#spec = { ...spec, port };
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
  backUp(folder: string): Promise<void> {
    return this.#lock.run(async () => {
      await this.#running?.stop();
      await copyFolder(this.#spec.dataFolder, folder);
      await this.#start();
    });
  }

  /** Kills it, puts the backup in place of its data, and starts it. */
  restore(folder: string): Promise<void> {
    return this.#lock.run(async () => {
      await this.#running?.process.stop("SIGKILL", 0);
      await copyFolder(folder, this.#spec.dataFolder);
      await this.#start();
    });
  }

  /**
   * Kills it, and starts it as a standby with a copy of the primary's data, taken while the primary works.
   *
   * @param connection where it follows the primary, in libpq's words
   */
  followAnew(primary: PostgresServer, connection: string): Promise<void> {
    return this.#lock.run(async () => {
      await this.#running?.process.stop("SIGKILL", 0);
      await primary.#copyInto(this.#spec.dataFolder);
      this.#follows = connection;
      await this.#start();
    });
  }

  /** It follows nobody any more and takes writes, after all that it has received is in its data. */
  promote(): Promise<void> {
    return this.#lock.run(async () => {
      await this.ask("select pg_promote(true, 60)");
      this.#follows = null;
    });
  }

  /** Runs a statement on it, as its owner. */
  async ask<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
    const database = new Database(postgresUrl(this.port, this.#spec.password, "postgres"));
    try {
      return await database.query<Row>(sql, [], 10_000);
    } finally {
      await database.close();
    }
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
    const { settings = [] } = this.#spec;
    const following = this.#follows === null ? [] : [`primary_conninfo=${this.#follows}`];
    for (let tries = 1; this.#running === null || this.#running.process.exit() !== null; tries++) {
      try {
        this.#running = await startPostgres({ ...this.#spec, settings: [...settings, ...following] });
      } catch (error) {
        // Sessions of a killed postmaster hold its memory for a moment.
        if (tries >= startTries) throw error;
        await sleep(retryMs);
      }
    }
  }

  /** A backup while it works: the server names from where WAL has to be replayed, for the copy to be whole. */
  async #copyInto(folder: string): Promise<void> {
    const session = new pg.Client(postgresUrl(this.port, this.#spec.password, "postgres"));
    await session.connect();
    try {
      await session.query("select pg_backup_start('standby', true)");
      await copyFolder(this.#spec.dataFolder, folder);
      const { rows } = await session.query<{ label: string }>(
        "select labelfile as label from pg_backup_stop(false)",
      );
      for (const name of ["postmaster.pid", "postmaster.opts"]) rmSync(join(folder, name), { force: true });
      this.#write(join(folder, "backup_label"), rows[0]?.label ?? "");
      this.#write(join(folder, "standby.signal"), "");
    } finally {
      await session.end();
    }
  }

  #write(file: string, text: string): void {
    writeFileSync(file, text, { mode: 0o600 });
    const { runAs } = this.#spec;
    if (runAs) chownSync(file, runAs.uid, runAs.gid);
  }
}

/** Puts a copy in place of what is there, with owners and modes, which Postgres insists on. */
async function copyFolder(from: string, to: string): Promise<void> {
  // Sessions of a killed postmaster may still write for a moment.
  rmSync(to, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  await promisify(execFile)("cp", ["-a", from, to], { env: { ...process.env, LC_ALL: "C" } }).catch(
    (error: { readonly stderr?: string }) => {
      if (!vanished.test(error.stderr ?? "")) throw error;
    },
  );
}
