import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import type { Fact } from "@millrace/shared/events/facts";
import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { createPool, type Pool } from "@millrace/shared/postgres/create-pool";
import { applyBatch, progressChannel } from "@millrace/shared/projection/apply-batch";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Projector, startProjector } from "./start-projector.ts";

const ref = { tenantId: "acme", accountId: "acc_1" };

let database: TestDatabase;
let server: TestNats;
let nats: Nats;
let pool: Pool;
let log: EventLog;
const projectors: Projector[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  server = await startTestNats();
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
  pool = createPool(database.url, "test", 10, silentLogger);
  log = new EventLog(nats, "test");
});
afterEach(async () => {
  await Promise.all(projectors.splice(0).map((projector) => projector.stop()));
  await nats.connection.close();
  await server.stop();
  await pool.end();
  await database.drop();
});

function start(): Projector {
  const projector = startProjector({ nats, pool, log: silentLogger });
  projectors.push(projector);
  return projector;
}

let facts = 0;
async function append(more: Partial<Fact> = {}): Promise<void> {
  const fact = {
    type: "request.rejected",
    reason: "r",
    subject: "s",
    payload: "",
    payloadBytes: 0,
    ...more,
  } as Fact;
  await log.append({ kind: "append", ref, eventId: `e${facts++}`, expectedSeq: null, fact });
}

const page = (pageNumber: number): Partial<Fact> => ({
  type: "page.listed",
  syncId: "s1",
  pageNumber,
  messageIds: ["a", "b", "c"],
  nextPageToken: "more",
  firstChunk: pageNumber * 2,
  chunkCount: 2,
  chunkSize: 2,
  listedBefore: pageNumber * 3,
  estimatedTotal: null,
  baseline: null,
});

const count = async (table: string): Promise<number> =>
  Number((await pool.query(`select count(*) as n from ${table}`)).rows[0].n);

async function until(condition: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("it did not happen in time");
    await sleep(20);
  }
}

it("brings every fact into the audit trail and the views, and tells who watches", async () => {
  const listener = await pool.connect();
  const told: { seq: number; syncs: string[][] }[] = [];
  listener.on("notification", ({ payload }) => told.push(JSON.parse(payload ?? "{}")));
  await listener.query(`listen ${progressChannel}`);
  start();
  for (let i = 0; i < 4; i++) await append(page(i));
  await until(async () => (await count("events")) === 4 && (await count("chunks")) === 8);
  const { rows } = await pool.query("select listed::int, chunks_listed, seq::int from syncs where id = 's1'");
  expect(rows).toEqual([{ listed: 12, chunks_listed: 8, seq: 4 }]);
  await until(async () => told.at(-1)?.seq === 4);
  expect(told.at(-1)?.syncs).toEqual([["acme", "s1"]]);
  listener.release(true);
});

it("applies each fact once while several copies run and one of them goes away", async () => {
  const first = start();
  start();
  start();
  for (let i = 0; i < 30; i++) await append(page(i));
  await until(async () => (await count("events")) > 0);
  await first.stop();
  for (let i = 30; i < 60; i++) await append(page(i));
  await until(async () => (await count("events")) === 60);
  expect(await count("chunks")).toBe(120);
});

it("goes on where it was, and catches up a database that was put back to an older state", async () => {
  const projector = start();
  for (let i = 0; i < 5; i++) await append();
  await until(async () => (await count("events")) === 5);
  await projector.stop();
  await pool.query("delete from events where seq > 2");
  await pool.query("update checkpoints set seq = 2");
  await append();
  start();
  await until(async () => (await count("events")) === 6);
});

it("begins a new epoch when the log was created anew, and keeps the old facts", async () => {
  const projector = start();
  for (let i = 0; i < 5; i++) await append();
  await until(async () => (await count("events")) === 5);
  await projector.stop();
  await nats.jsm.streams.delete("EVENTS");
  await ensureTopology(nats);
  for (let i = 0; i < 2; i++) await append();
  start();
  await until(async () => (await count("events")) === 7);
  const { rows } = await pool.query(
    "select epoch, max(seq)::int as last from events group by epoch order by epoch",
  );
  expect(rows).toEqual([
    { epoch: 1, last: 5 },
    { epoch: 2, last: 2 },
  ]);
});

it("begins a new epoch when the log is deleted under it while it reads", async () => {
  start();
  for (let i = 0; i < 5; i++) await append();
  await until(async () => (await count("events")) === 5);
  await nats.jsm.streams.delete("EVENTS");
  await ensureTopology(nats);
  for (let i = 0; i < 2; i++) await append();
  await until(async () => (await count("events")) === 7, 40_000);
  const { rows } = await pool.query("select max(epoch)::int as epoch from events");
  expect(rows).toEqual([{ epoch: 2 }]);
});

it("goes on after the broker was restarted", async () => {
  start();
  await append();
  await until(async () => (await count("events")) === 1);
  await server.restart();
  await until(() =>
    append().then(
      () => true,
      () => false,
    ),
  );
  await until(async () => (await count("events")) === 2);
});

it("goes on after its database connections were cut", async () => {
  start();
  await append();
  await until(async () => (await count("events")) === 1);
  await pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  await append();
  await until(async () => (await count("events")) === 2);
});

it("applies batch after batch on one connection, the first that makes a row and those that change it", async () => {
  await pool.query(
    "insert into checkpoints (name, epoch, stream_created, seq) values ('projector', 1, 'x', 0)",
  );
  const single = createPool(database.url, "test", 1, silentLogger);
  const event = (pageNumber: number) => ({
    ...ref,
    id: `p${pageNumber}`,
    time: "2026-01-01T00:00:00Z",
    source: "t",
    fact: page(pageNumber) as Fact,
  });
  for (const seq of [1, 2, 3]) {
    await applyBatch(single, { epoch: 1, seq: seq - 1 }, [
      { position: { epoch: 1, seq }, event: event(seq - 1) },
    ]);
  }
  await single.end();
  expect((await pool.query("select listed::int, seq::int from syncs")).rows).toEqual([{ listed: 9, seq: 3 }]);
});

it("is not stopped by text that the database cannot hold, nor by an event that it refuses", async () => {
  start();
  await append();
  await append({ reason: "a NUL \u0000 and half a pair \ud800" });
  // A number beyond its column: no event of ours has one, and still it must not stop the others.
  await append({ ...page(0), firstChunk: 5_000_000_000 } as Partial<Fact>);
  await append(page(1));
  await until(async () => (await count("events")) === 4);
  const { rows } = await pool.query(
    "select fact->>'reason' as reason, fact->>'notProjected' as skipped from events order by seq",
  );
  expect(rows[1]?.reason).toBe("a NUL \ufffd and half a pair \ufffd");
  expect(rows[2]?.skipped).toMatch(/out of range/);
  expect((await pool.query("select listed::int from syncs")).rows).toEqual([{ listed: 6 }]);
});
