import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isDataError } from "../postgres/is-data-error.ts";
import { isDatabaseAway } from "../postgres/is-database-away.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { givenChunkItem, givenListItem, givenRequest, givenStarted, ref } from "../testing/given.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { EventLog } from "./event-log.ts";
import { isBrokerAway, isStoreAway } from "./is-store-away.ts";
import { publishRequest } from "./publish-request.ts";
import { publishWork } from "./publish-work.ts";
import { createWorkQueue } from "./read-work-queue.ts";

let database: TestDatabase;
let server: TestNats;
let nats: Nats;
let pool: TestPool;

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase(), startTestNats()]);
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
  pool = createTestPool(database.url, "fetcher", 4);
  await pool.query("create table one (id text primary key check (id <> 'bad'))");
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
  await pool?.end();
  await database?.drop();
});

/** What the services do with the broker. */
const uses: readonly [string, () => Promise<unknown>][] = [
  [
    "append",
    () =>
      new EventLog(nats, "test").append({
        kind: "append",
        ref,
        eventId: "e1",
        expectedSeq: 0,
        fact: givenStarted(),
      }),
  ],
  ["read the log", () => new EventLog(nats, "test").lastCourseFact(ref)],
  [
    "enqueue",
    () =>
      publishWork(nats, {
        kind: "enqueue",
        ref,
        lane: "bulk",
        item: givenChunkItem(),
        dedupeId: "1",
        dueAtMs: null,
      }),
  ],
  [
    "enqueue for later",
    () =>
      publishWork(nats, {
        kind: "enqueue",
        ref,
        lane: "list",
        item: givenListItem(0),
        dedupeId: "2",
        dueAtMs: Date.now() + 60_000,
      }),
  ],
  ["read the queue", () => createWorkQueue(nats).keysOf(ref, "s1")],
  ["ask for a sync", () => publishRequest(nats, "test", ref, givenRequest("s1"))],
];

const errorOf = (use: () => Promise<unknown>): Promise<unknown> =>
  use().then(
    () => "it did not fail",
    (error: unknown) => error,
  );

describe("a broker", () => {
  it.each(uses)("that is there lets us %s", async (_, use) => {
    expect(await errorOf(use)).toBe("it did not fail");
  });

  it("is not away for a message that is too large: no waiting mends that", async () => {
    for (const bytes of [2 * 1024 ** 2, 1024 ** 2 - 10]) {
      const error = await errorOf(() =>
        nats.js.publish("sync.requests.a.b", "x".repeat(bytes), { msgID: "too large" }),
      );
      expect(error).toBeInstanceOf(Error);
      expect([String(error), isStoreAway(error)]).toEqual([String(error), false]);
    }
  });

  it("without its streams is away", async () => {
    for (const stream of ["EVENTS", "WORK", "REQUESTS"]) await nats.jsm.streams.delete(stream);
    for (const [what, use] of uses) expect([what, isStoreAway(await errorOf(use))]).toEqual([what, true]);
    await ensureTopology(nats);
  });

  it("that is full is away", async () => {
    const { config } = await nats.jsm.streams.info("EVENTS");
    await nats.jsm.streams.update("EVENTS", { ...config, max_bytes: 4_096 });
    const log = new EventLog(nats, "test");
    let error: unknown;
    for (let i = 0; error === undefined && i < 20; i++) {
      const effect = {
        kind: "append",
        ref,
        eventId: `f${i}`,
        expectedSeq: null,
        fact: givenStarted(),
      } as const;
      error = await log.append(effect).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    }
    expect(isStoreAway(error)).toBe(true);
    await ensureTopology(nats);
  });

  it("that was killed is away, however we use it", async () => {
    await server.kill();
    const errors = await Promise.all(
      uses.map(async ([what, use]) => [what, isStoreAway(await errorOf(use))]),
    );
    expect(errors).toEqual(uses.map(([what]) => [what, true]));
    await server.restart();
  });

  it("whose connection we have closed is away", async () => {
    const other = await connectNats(server.url, "test", silentLogger);
    await other.connection.close();
    expect(isBrokerAway(await errorOf(() => new EventLog(other, "test").lastCourseFact(ref)))).toBe(true);
  });
});

describe("a database", () => {
  const wrong = (sql: string, values: unknown[] = []) => errorOf(() => pool.query(sql, values));

  it("that nobody answers for is away", async () => {
    const away = createTestPool("postgres://nobody@127.0.0.1:9/none", "fetcher", 1);
    expect(isDatabaseAway(await errorOf(() => away.query("select 1")))).toBe(true);
    await away.end();
  });

  it("that knows us no more, or has no such database, is away", async () => {
    const url = new URL(database.url);
    url.pathname = "/no_such_database";
    const none = createTestPool(url.href, "fetcher", 1);
    expect(isDatabaseAway(await errorOf(() => none.query("select 1")))).toBe(true);
    await none.end();
  });

  it("that ends our session in the middle of a statement is away", async () => {
    const other = createTestPool(database.url, "fetcher", 1);
    const { rows } = await other.query<{ pid: number }>("select pg_backend_pid() as pid");
    const slow = errorOf(() => other.query("select pg_sleep(30)"));
    await pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    expect(isDatabaseAway(await slow)).toBe(true);
    await other.end();
  });

  it("whose pool is closed, or has no connection for us, is away", async () => {
    const small = createTestPool(database.url, "fetcher", 1);
    const held = await small.owner.connect();
    small.owner.options.connectionTimeoutMillis = 100;
    expect(isDatabaseAway(await errorOf(() => small.query("select 1")))).toBe(true);
    held.release();
    await small.end();
    expect(isDatabaseAway(await errorOf(() => small.query("select 1")))).toBe(true);
  });

  it("that takes too long, is read-only, or lacks a migration is away", async () => {
    const statements = [
      ["set statement_timeout = 20", "select pg_sleep(5)"],
      ["begin read only", "create table two ()"],
      ["select 1", "select no_such_column from one"],
      ["select 1", "select from no_such_table"],
    ] as const;
    for (const [first, sql] of statements) {
      const client = await pool.owner.connect();
      await client.query(first);
      const error = await errorOf(() => client.query(sql));
      client.release(true);
      expect([sql, isDatabaseAway(error)]).toEqual([sql, true]);
    }
  });

  it("is not away when it refuses the data", async () => {
    await pool.query("insert into one values ('a')");
    const errors = [
      await wrong("insert into one values ('a')"),
      await wrong("insert into one values ('bad')"),
      await wrong("insert into one values ($1)", ["a NUL: \0"]),
      await wrong("select 1 / 0"),
      await wrong("select 'x'::integer"),
      await wrong("select repeat('x', 1100000)::tsvector"),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(Error);
      expect([String(error), isDataError(error), isDatabaseAway(error)]).toEqual([
        String(error),
        true,
        false,
      ]);
    }
  });
});

it("what is about neither is not taken for it", () => {
  for (const error of [
    new Error("x is undefined"),
    new TypeError("timeout"),
    "ECONNREFUSED",
    null,
    undefined,
  ])
    expect(isStoreAway(error)).toBe(false);
});
