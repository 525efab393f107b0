import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { type ChunkProgress, noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import type { Fact } from "@millrace/shared/events/facts";
import { emptyLedger } from "@millrace/shared/events/ledger";
import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { createOwnerPool } from "@millrace/shared/postgres/create-pool";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { pino } from "pino";
import { type Projector, startProjector } from "../projector/start-projector.ts";

export const tenantId = "acme";

type Backup = Pick<TestDatabase, "url" | "drop">;

/** A broker, a database and projectors between them. */
export class ProjectorWorld {
  readonly server: TestNats;
  readonly nats: Nats;
  /** The database that projectors work on; `restoreDatabase` puts another in its place. */
  pool: TestPool;
  /** What projectors have logged. */
  readonly lines: { readonly event?: string; readonly [key: string]: unknown }[] = [];
  /** How often projectors have said that the database is older than it was. */
  restorations = 0;
  readonly #log: EventLog;
  readonly #databases: Backup[];
  readonly #projectors: Projector[] = [];
  readonly #progress = new Map<string, ChunkProgress>();
  #facts = 0;

  static async start(): Promise<ProjectorWorld> {
    const [database, server] = await Promise.all([createTestDatabase(), startTestNats()]);
    const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };
    const nats = await connectNats(server.url, "test", silentLogger, size);
    await ensureTopology(nats);
    return new ProjectorWorld(database, server, nats);
  }

  private constructor(database: TestDatabase, server: TestNats, nats: Nats) {
    this.#databases = [database];
    this.server = server;
    this.nats = nats;
    this.#log = new EventLog(nats, "test");
    this.pool = createTestPool(database.url, "sync-api", 10);
  }

  get databaseUrl(): string {
    return this.#databases[0]?.url ?? "";
  }

  startProjector(): Projector {
    const log = pino({ level: "info" }, { write: (line) => void this.lines.push(JSON.parse(line)) });
    const projector = startProjector({
      nats: this.nats,
      pool: this.pool,
      log,
      onRestored: async () => void this.restorations++,
    });
    this.#projectors.push(projector);
    return projector;
  }

  async stopProjectors(): Promise<void> {
    await Promise.all(this.#projectors.splice(0).map((projector) => projector.stop()));
  }

  /** Appends a fact; one that says nothing about a sync when none is given. */
  async append(more: Partial<Fact> = {}, accountId = "acc_1"): Promise<void> {
    const note = { type: "request.rejected", reason: "r", subject: "s", payload: "", payloadBytes: 0 };
    const eventId = `e${this.#facts++}`;
    const fact = { ...note, ...more } as Fact;
    await this.#log.append({
      kind: "append",
      ref: { tenantId, accountId },
      eventId,
      expectedSeq: null,
      fact,
    });
  }

  /** Appends that the next chunk of an account's sync was fetched. */
  async appendChunk(accountId: string): Promise<void> {
    const syncId = `s-${accountId}`;
    const before = this.#progress.get(syncId) ?? noProgress;
    const ledger = { ...emptyLedger, listed: 2, stored: 2 };
    const progress = settleChunk(before, before.settledCount, ledger);
    if (progress === null) throw new Error("The chunk was not settled");
    this.#progress.set(syncId, progress);
    const chunk = {
      chunkIndex: before.settledCount,
      pageNumber: 0,
      lane: "bulk",
      ledger,
      attempt: 1,
    } as const;
    const mail = { added: [], changed: [], deleted: [] };
    await this.append({ type: "chunk.fetched", syncId, ...chunk, letters: [], mail, progress }, accountId);
  }

  async count(table: string): Promise<number> {
    return Number((await this.pool.query(`select count(*) as n from ${table}`)).rows[0].n);
  }

  /** How many lines tell of this. */
  told(event: string): number {
    return this.lines.filter((line) => line.event === event).length;
  }

  /** A copy of the database as it is now. No projector may run. */
  async backUpDatabase(): Promise<Backup> {
    const source = this.databaseUrl;
    await this.pool.end();
    const name = `test_${randomBytes(8).toString("hex")}`;
    await administer(source, `create database ${name} template ${new URL(source).pathname.slice(1)}`);
    this.pool = createTestPool(source, "sync-api", 10);
    const url = new URL(source);
    url.pathname = `/${name}`;
    return { url: url.href, drop: () => administer(source, `drop database if exists ${name} with (force)`) };
  }

  /** From now on the backup is the database. */
  async restoreDatabase(backup: Backup): Promise<void> {
    await this.pool.end();
    this.#databases.unshift(backup);
    this.pool = createTestPool(backup.url, "sync-api", 10);
  }

  async stop(): Promise<void> {
    await this.stopProjectors();
    await this.nats.connection.close();
    await this.server.stop();
    await this.pool.end();
    for (const database of this.#databases) await database.drop();
  }
}

/** A page of a sync of account `acc_1`, with three messages in two chunks. */
export const page = (pageNumber: number): Partial<Fact> => ({
  type: "page.listed",
  syncId: "s1",
  pageNumber,
  messageIds: ["a", "b", "c"],
  nextPageToken: "more",
  firstChunk: pageNumber * 2,
  chunkCount: 2,
  mark: "",
  stage: "listing",
  round: 0,
  since: null,
  watermark: null,
  joined: 0,
  hadCopy: false,
  changes: null,
  chunkSize: 2,
  listedBefore: pageNumber * 3,
  estimatedTotal: null,
  baseline: null,
});

export async function until(condition: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("it did not happen in time");
    await sleep(20);
  }
}

async function administer(databaseUrl: string, sql: string): Promise<void> {
  const url = new URL(databaseUrl);
  url.pathname = "/postgres";
  const pool = createOwnerPool(url.href, "test", 1, silentLogger);
  try {
    await pool.query(sql);
  } finally {
    await pool.end();
  }
}
