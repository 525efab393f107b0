import { readForecasts } from "@millrace/shared/forecast/read-forecasts";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { noteSizes } from "./note-sizes.ts";

let world: TestWorld;
const mebibyte = 1024 ** 2;
const hourMs = 3_600_000;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  await world.pool.query("delete from store_sizes");
});

const note = (databaseBytesMax: number | null = null) =>
  noteSizes({ pool: world.pool, nats: world.nats, databaseBytesMax });
const standings = async () =>
  Object.fromEntries((await readForecasts(world.pool.ofNobody())).map((one) => [one.store, one]));

it("the database and each stream are noted once an hour, with their limits, and nothing is forecast of one look", async () => {
  expect([await note(500 * mebibyte), await note(500 * mebibyte)]).toEqual([true, false]);
  const seen = await standings();
  expect(Object.keys(seen)).toEqual(
    ["EVENTS", "HOOKS", "QUOTA", "REQUESTS", "STATE", "WORK", "database"].toSorted(),
  );
  expect(seen.database).toMatchObject({ bytesMax: 500 * mebibyte, bytesPerDay: null, fullAtMs: null });
  expect(seen.database?.bytes).toBeGreaterThan(mebibyte);
  expect(seen.EVENTS).toMatchObject({ bytesMax: 64 * mebibyte, bytesPerDay: null, fullAtMs: null });
  const pass = (minutes: number) =>
    world.pool.query("update store_sizes set seen_at = seen_at - make_interval(mins => $1)", [minutes]);
  // What an installation has in its first second is not what it has.
  await pass(5);
  expect([await note(), await note()]).toEqual([true, false]);
  await pass(50);
  expect(await note()).toBe(false);
  await pass(6);
  expect(await note()).toBe(true);
  expect((await standings()).database?.bytesMax).toBeNull();
});

it("a forecast is made of what was noted; what is older than 90 days goes", async () => {
  await world.pool.query(
    `insert into store_sizes (store, seen_at, bytes, bytes_max, levels_off_at)
     select store, now() - make_interval(hours => hours), 10000000000 - hours * 100000000::bigint, 20000000000, levels_off
     from generate_series(1, 72) as hours, (values ('database', null), ('EVENTS', now() + interval '2 days')) as s (store, levels_off)`,
  );
  await world.pool.query(
    "insert into store_sizes (store, seen_at, bytes) values ('WORK', now() - interval '91 days', 1)",
  );
  const { database, EVENTS: log } = await standings();
  expect(database?.bytesPerDay).toBe(2_400_000_000);
  const leftMs = (database?.fullAtMs ?? 0) - Date.now();
  expect(Math.abs(leftMs - 100 * hourMs)).toBeLessThan(2 * hourMs);
  expect(log).toMatchObject({ bytesPerDay: 2_400_000_000, fullAtMs: null });
  await world.pool.query("delete from store_sizes where seen_at > now() - interval '1 day'");
  await note();
  const { rows } = await world.pool.query("select from store_sizes where store = 'WORK'");
  expect(rows).toHaveLength(1);
});
