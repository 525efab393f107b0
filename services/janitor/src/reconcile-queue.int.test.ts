import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import type { ActiveSync } from "@millrace/shared/events/account-course";
import { idleCourse } from "@millrace/shared/events/account-course";
import { noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { startSync } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { emptyLedger } from "@millrace/shared/events/ledger";
import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { readQueuedChunks } from "@millrace/shared/nats/read-work-queue";
import { createPool, type Pool } from "@millrace/shared/postgres/create-pool";
import { enqueueChunk, type Page } from "@millrace/shared/steps/cut-chunks";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ReconcilerPorts, reconcileQueue } from "./reconcile-queue.ts";

const ref = { tenantId: "acme", accountId: "acc_1" };
const at = "2026-01-01T00:00:00.000Z";
const active: ActiveSync = {
  syncId: "s1",
  mode: "full",
  requestedMode: "auto",
  scope: {},
  chunkSize: 2,
  windowChunks: 4,
  content: "full",
  baseline: "1",
  startedAt: at,
};
const page: Page = {
  type: "page.listed",
  syncId: "s1",
  pageNumber: 0,
  messageIds: Array.from({ length: 12 }, (_, i) => `m${i}`),
  nextPageToken: null,
  firstChunk: 0,
  chunkCount: 6,
  chunkSize: 2,
  listedBefore: 0,
  estimatedTotal: null,
};

let database: TestDatabase;
let server: TestNats;
let nats: Nats;
let pool: Pool;
let ports: ReconcilerPorts;
const quiet = new AbortController().signal;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startTestNats();
  nats = await connectNats(server.url, "test", silentLogger, { replicas: 1, logMebibytes: 64 });
  await ensureTopology(nats);
  pool = createPool(database.url, "test", 4, silentLogger);
  ports = { pool, nats, eventLog: new EventLog(nats, "test"), log: silentLogger, idleSeconds: 0 };
  await append({
    type: "sync.started",
    syncId: "s1",
    sync: active,
    request: { syncId: "s1", mode: "auto", trigger: "api", requestedAt: at },
    estimatedTotal: null,
    course: startSync(idleCourse, active),
  });
  await append(page);
  const share = { ...emptyLedger, listed: 2, stored: 2 };
  const progress = settleChunk(noProgress, 0, share) ?? noProgress;
  const settled = {
    type: "chunk.fetched",
    chunkIndex: 0,
    pageNumber: 0,
    lane: "live",
    ledger: share,
    attempt: 1,
  } as const;
  await append({ ...settled, syncId: "s1", progress });
  await pool.query(
    `insert into syncs (id, tenant_id, account_id, status, created_at, epoch, seq) values ('s1', 'acme', 'acc_1', 'running', now(), 1, 1)`,
  );
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  await nats.jsm.streams.purge("WORK");
});

let facts = 0;
const append = (fact: Fact) =>
  ports.eventLog.append({ kind: "append", ref, eventId: `e${facts++}`, expectedSeq: null, fact });

it("puts back what the window has released after the whole work queue was lost, and records it", async () => {
  expect(await reconcileQueue(ports, quiet)).toBe(4);
  expect(await readQueuedChunks(nats, ref, "s1")).toEqual(new Set([1, 2, 3, 4]));
  const note = await ports.eventLog.lastNote(ref);
  expect(note.fact).toMatchObject({
    type: "chunk.requeued",
    syncId: "s1",
    chunkIndexes: [1, 2, 3, 4],
  });
});

it("leaves alone what is queued or claimed", async () => {
  for (const chunkIndex of [1, 3, 4])
    await publishWork(nats, enqueueChunk({ ref, active }, page, chunkIndex, `t${chunkIndex}`));
  expect(await reconcileQueue(ports, quiet)).toBe(1);
  expect(await readQueuedChunks(nats, ref, "s1")).toEqual(new Set([1, 2, 3, 4]));
});

it("leaves alone a sync that has moved just now", async () => {
  await pool.query(
    `insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
     values (1, 1, 'e', 'acme', 'acc_1', 's1', 'page.listed', 'chunker', now(), '{}')`,
  );
  expect(await reconcileQueue({ ...ports, idleSeconds: 60 }, quiet)).toBe(0);
  await pool.query("delete from events");
});
