import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { postgresUser } from "@millrace/infra/postgres/init-cluster";
import { packagedPostgres, reachablePostgres } from "@millrace/infra/postgres/postgres-binaries";
import { postgresUrl } from "@millrace/infra/postgres/start-postgres";
import { unprivilegedUser } from "@millrace/infra/process/run-as";
import type { ChaosFolder } from "./chaos-folder.ts";
import { PostgresServer } from "./postgres-server.ts";
import { reservePort } from "./reserve-port.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const standbyName = "standby";
const attachedMaxMs = 60_000;
const lookEveryMs = 100;
// Nothing has to survive a loss of power, but what was committed has to survive kill -9. Little WAL, so that a full disk
// is met by all that is written.
const settings = [
  "synchronous_commit=on",
  "full_page_writes=on",
  "max_wal_size=128MB",
  "log_checkpoints=off",
];
/**
 * A standby that was away finds there what it has missed, and comes back at once: commits wait for it, and by default it
 * tries every five seconds.
 */
const standbySettings = ["wal_keep_size=512MB", "wal_retrieve_retry_interval=500ms"];

/** The run's Postgres: one server, or a primary and a standby that takes its place. */
export class PostgresStore {
  readonly #password: string;
  /** Not on the data's own disk, which is small. */
  readonly #backupFolder: string;
  readonly #makeServer: (name: string) => Promise<PostgresServer>;
  /** As a name that leads to whoever is the primary. */
  #front: TcpProxy | null = null;
  /** Through which the standby follows. */
  #replication: TcpProxy | null = null;
  #primary: PostgresServer;
  #standby: PostgresServer | null = null;

  private constructor(
    primary: PostgresServer,
    makeServer: (name: string) => Promise<PostgresServer>,
    password: string,
    backupFolder: string,
  ) {
    this.#primary = primary;
    this.#makeServer = makeServer;
    this.#password = password;
    this.#backupFolder = backupFolder;
  }

  static async start(folder: ChaosFolder): Promise<PostgresStore> {
    const runAs = unprivilegedUser();
    const password = randomBytes(16).toString("hex");
    const binaries = reachablePostgres(packagedPostgres(), runAs);
    const makeServer = async (name: string) =>
      new PostgresServer(await reservePort(), {
        binaries,
        dataFolder: join(folder.postgresDisk.folder, name),
        logFile: join(folder.logs, `postgres-${name}.log`),
        password,
        runAs,
        onSpawn: (process) => folder.guard(process),
        unsafe: true,
        settings: [...settings, ...standbySettings],
      });
    const primary = await makeServer("a");
    await primary.ensureRunning();
    const store = new PostgresStore(primary, makeServer, password, join(folder.path, "postgres.backup"));
    store.#front = await startTcpProxy(await reservePort(), () => store.port);
    return store;
  }

  /** Where the primary is. */
  get port(): number {
    return this.#primary.port;
  }

  /** Where its standby is; null when there is none. */
  get standbyPort(): number | null {
    return this.#standby?.port ?? null;
  }

  /** The URL of a database of it, which stays the same whoever is the primary. */
  url(database: string): string {
    return postgresUrl(this.#front?.port ?? this.port, this.#password, database);
  }

  kill(): Promise<void> {
    return this.#primary.kill();
  }

  stopImmediately(): Promise<void> {
    return this.#primary.stopImmediately();
  }

  backUp(): Promise<void> {
    return this.#primary.backUp(this.#backupFolder);
  }

  restore(): Promise<void> {
    return this.#primary.restore(this.#backupFolder);
  }

  /** Makes a standby; from then on nothing is committed that it does not have. */
  async attachStandby(): Promise<void> {
    this.#standby ??= await this.#makeServer("b");
    this.#replication ??= await startTcpProxy(await reservePort(), () => this.port);
    const connection = {
      host: "127.0.0.1",
      port: this.#replication.port,
      user: postgresUser,
      password: this.#password,
      application_name: standbyName,
    };
    const words = Object.entries(connection).map(([name, value]) => `${name}=${value}`);
    await this.#standby.followAnew(this.#primary, words.join(" "));
    await this.#waitForStandby(true);
  }

  /**
   * The standby falls behind, and nobody waits for it.
   *
   * @returns what a commit is worth from then on: nothing, should the primary be lost
   */
  async leaveStandbyBehind(): Promise<void> {
    await this.#waitForStandby(false);
    this.#replication?.trouble({ kind: "stalled" });
  }

  /** Kills the primary for good; the standby takes its place, and another standby is made. */
  async failOver(): Promise<void> {
    if (this.#standby === null) throw new Error("There is no standby.");
    const [lost, next] = [this.#primary, this.#standby];
    await lost.kill();
    await this.#replication?.close();
    this.#replication = null;
    await next.promote();
    this.#primary = next;
    this.#standby = lost;
  }

  /** Starts what of it does not run, after whatever recovery it needs. */
  async ensureRunning(): Promise<void> {
    await this.#primary.ensureRunning();
    await this.#standby?.ensureRunning();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#primary.stop(), this.#standby?.stop()]);
    await Promise.all([this.#front?.close(), this.#replication?.close()]);
  }

  /** @param isAwaited whether commits wait for it */
  async #waitForStandby(isAwaited: boolean): Promise<void> {
    const names = isAwaited ? standbyName : "";
    await this.#primary.ask(`alter system set synchronous_standby_names = '${names}'`);
    await this.#primary.ask("select pg_reload_conf()");
    const wanted = isAwaited ? "sync" : "async";
    const deadline = Date.now() + attachedMaxMs;
    for (;;) {
      const [row] = await this.#primary.ask<{ state: string }>(
        "select sync_state as state from pg_stat_replication where state = 'streaming'",
      );
      if (row?.state === wanted) return;
      if (Date.now() > deadline)
        throw new Error(`The standby is ${row?.state ?? "not connected"} and not ${wanted}.`);
      await sleep(lookEveryMs);
    }
  }
}
