import type { Fact } from "@millrace/shared/events/facts";
import { applyBatch, progressChannel } from "@millrace/shared/projection/apply-batch";
import { createTestPool } from "@millrace/shared/testing/create-test-pool";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ProjectorWorld, page, until } from "../testing/projector-world.ts";

let world: ProjectorWorld;

beforeEach(async () => {
  world = await ProjectorWorld.start();
});
afterEach(() => world.stop());

const start = () => world.startProjector();
const append = (more: Partial<Fact> = {}) => world.append(more);
const count = (table: string) => world.count(table);

it("brings every fact into the audit trail and the views, and tells who watches", async () => {
  const listener = await world.pool.connect();
  const told: { seq: number; syncs: string[][] }[] = [];
  listener.on("notification", ({ payload }) => told.push(JSON.parse(payload ?? "{}")));
  await listener.query(`listen ${progressChannel}`);
  start();
  for (let i = 0; i < 4; i++) await append(page(i));
  await until(async () => (await count("events")) === 4 && (await count("chunks")) === 8);
  const { rows } = await world.pool.query(
    "select listed::int, chunks_listed, seq::int from syncs where id = 's1'",
  );
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

it("goes on after the broker was restarted", async () => {
  start();
  await append();
  await until(async () => (await count("events")) === 1);
  await world.server.restart();
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
  await world.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  await append();
  await until(async () => (await count("events")) === 2);
});

it("applies batch after batch on one connection, the first that makes a row and those that change it", async () => {
  await world.pool.query(
    "insert into checkpoints (name, epoch, stream_created, seq) values ('projector', 1, 'x', 0)",
  );
  const single = createTestPool(world.databaseUrl, "sync-api", 1);
  const event = (pageNumber: number) => ({
    tenantId: "acme",
    accountId: "acc_1",
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
  expect((await world.pool.query("select listed::int, seq::int from syncs")).rows).toEqual([
    { listed: 9, seq: 3 },
  ]);
});

it("is not stopped by text that the database cannot hold, nor by an event that it refuses", async () => {
  start();
  await append();
  await append({ reason: "a NUL \u0000 and half a pair \ud800" });
  // A number beyond its column: no event of ours has one, and still it must not stop the others.
  await append({ ...page(0), firstChunk: 5_000_000_000 } as Partial<Fact>);
  await append(page(1));
  await until(async () => (await count("events")) === 4);
  const { rows } = await world.pool.query(
    "select fact->>'reason' as reason, fact->>'notProjected' as skipped from events order by seq",
  );
  expect(rows[1]?.reason).toBe("a NUL \ufffd and half a pair \ufffd");
  expect(rows[2]?.skipped).toMatch(/out of range/);
  expect((await world.pool.query("select listed::int from syncs")).rows).toEqual([{ listed: 6 }]);
});
