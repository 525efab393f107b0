import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { createNameGuard } from "@millrace/shared/blobs/name-guard";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import type { Fact } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { openLogReader } from "@millrace/shared/nats/read-log";
import type { NatsAccess } from "@millrace/shared/nats/read-nats-access";
import { createPool } from "@millrace/shared/postgres/create-pool";
import { applyIsolating } from "@millrace/shared/projection/apply-isolating";
import { openCheckpoint } from "@millrace/shared/projection/open-checkpoint";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import pg from "pg";
import { scratchFolder } from "../../bench/harness/scratch-folder.ts";
import { createPostgresStore } from "../../services/fetcher/src/postgres-store.ts";
import { installDatabaseClock, setDatabaseClock } from "./move-database-clock.ts";

/** As many as the projector takes at once. */
const eventsPerBatch = 500;
const fetcherConnections = 10;

export interface Servers {
  readonly databaseUrl: string;
  readonly broker: NatsAccess | string;
}

/** A fact as it was appended. */
export interface Told {
  readonly ref: AccountRef;
  readonly eventId: string;
  readonly fact: Fact;
  readonly atMs: number;
}

export type YearsWorld = Awaited<ReturnType<typeof openYearsWorld>>;

/**
 * Real servers with the services' own code on them, and one clock for all: facts, the database, the files of blobs. Only the
 * broker's clock cannot be moved, so what it would forget by age is purged by `forgetLog`.
 */
export async function openYearsWorld({ databaseUrl, broker }: Servers, beginsMs: number) {
  const owner = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  await installDatabaseClock(owner, new Date(beginsMs));
  await owner.end();
  const database = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const nats: Nats = await connectNats(broker, "years", silentLogger, {
    replicas: 1,
    logMebibytes: 2_048,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
  const fetcher = createPool(databaseUrl, "fetcher", fetcherConnections, silentLogger);
  const janitor = createPool(databaseUrl, "janitor", 6, silentLogger);
  const projecting = createPool(databaseUrl, "sync-api", 2, silentLogger);
  const scratch = scratchFolder("years");
  const folder = scratch.path;
  const { position } = await openCheckpoint(nats, projecting, silentLogger);
  let [nowMs, projected, lastSeq] = [beginsMs, position, 0];
  const eventLog = new EventLog(nats, "years", null, () => nowMs);
  const told: Told[] = [];
  const blobs = agingStore(folder, createNameGuard(fetcher), () => nowMs);

  async function append(effect: AppendEffect): Promise<"appended" | "conflict"> {
    const { ref, eventId, fact } = effect;
    const atMs = nowMs;
    const result = await eventLog.append(effect);
    if (result.kind === "conflict") return "conflict";
    lastSeq = Math.max(lastSeq, result.seq);
    told.push({ ref, eventId, fact, atMs });
    return "appended";
  }

  return {
    database,
    nats,
    eventLog,
    fetcher,
    janitor,
    folder,
    store: createPostgresStore(fetcher),
    /** Those of the fetcher, and of the janitor. */
    blobs: ownedStore(blobs, fetcher),
    janitorBlobs: ownedStore(createFolderStore(folder, createNameGuard(janitor)), janitor),
    nowMs: () => nowMs,
    /** For facts alone. */
    tick: (ms: number): void => {
      nowMs = ms;
    },
    async moveTo(ms: number): Promise<void> {
      nowMs = ms;
      await setDatabaseClock(database, new Date(ms));
    },
    append,
    /** What was appended since it was asked last. */
    takeTold: (): Told[] => told.splice(0),
    lastSeq: () => lastSeq,
    /** Brings the views up to the log. */
    async project(): Promise<void> {
      if (lastSeq <= projected.seq) return;
      const { epoch } = projected;
      const options = { afterSeq: projected.seq, batchMax: eventsPerBatch, log: silentLogger };
      const reader = await openLogReader(nats, options);
      for await (const batch of reader.batches()) {
        const events = batch.map(({ seq, event }) => ({ position: { epoch, seq }, event }));
        projected = await applyIsolating(projecting, silentLogger, projected, events);
        if (projected.seq >= lastSeq) break;
      }
      reader.close();
    },
    async close(): Promise<void> {
      await nats.connection.close();
      await Promise.all([fetcher.end(), janitor.end(), projecting.end(), database.end()]);
      scratch.remove();
    },
  };
}

/** A folder whose files bear simulated times. */
function agingStore(
  folder: string,
  guard: ReturnType<typeof createNameGuard>,
  nowMs: () => number,
): ReturnType<typeof createFolderStore> {
  const store = createFolderStore(folder, guard);
  return {
    ...store,
    async put(source, signal) {
      const blob = await store.put(source, signal);
      const { sha256 } = blob;
      const at = new Date(nowMs());
      await utimes(join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256), at, at);
      return blob;
    },
  };
}
