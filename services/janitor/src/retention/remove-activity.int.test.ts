import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { lockMsMax } from "./limited-pool.ts";
import { removeActivity } from "./remove-activity.ts";
import { RetentionScope, type ScopeOptions } from "./retention-scope.ts";

const dayMs = 86_400_000;
const today = 20_000;
const everybodysDays = 8;
let world: TestWorld;

beforeAll(async () => {
  world = await startWorld();
  await world.pool.query("insert into tenants (id, name) values ('one', 'One'), ('two', 'Two')");
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.pool.owner.query(
    "do $$ declare t record; begin for t in select * from activity_days() loop execute 'drop table ' || t.name; end loop; end $$",
  );
  await world.pool.owner.query("delete from activity_minutes");
  await world.pool.query("update tenants set retention = '{}'");
});

async function runOn(day: number, more: Partial<ScopeOptions> = {}): Promise<RetentionScope> {
  const scope = new RetentionScope({
    now: new Date(day * dayMs + dayMs / 3),
    tenantId: null,
    isDryRun: false,
    signal: new AbortController().signal,
    ...more,
  });
  await removeActivity(world.ports, everybodysDays, scope);
  return scope;
}
/** So many minutes of a day from its beginning, and its very last one. */
const addMinutes = (tenantId: string, day: number, count: number) =>
  world.pool.query(
    `insert into activity_minutes (tenant_id, minute, slices, syncs_started, syncs_completed, syncs_partial, syncs_failed,
       syncs_cancelled, syncs_coalesced, dead_lettered, failures, epoch, seq)
     select $1, $2 * 1440 + m, '{}', 0, 0, 0, 0, 0, 0, 0, '{}', 1, m
     from (select generate_series(0, $3::integer - 2) union select 1439) as minutes (m)`,
    [tenantId, day, count],
  );
/** Rows by day and the table that they stand in, of a tenant or all. */
const standing = async (tenantId: string | null = null) =>
  (
    await world.pool.query<{ day: number; table: string; count: number }>(
      `select minute / 1440 as day, tableoid::regclass::text as table, count(*)::integer as count from activity_minutes
       where $1::text is null or tenant_id = $1 group by 1, 2 order by 1`,
      [tenantId],
    )
  ).rows.map(({ day, table, count }) => [day - today, table.replace("activity_minutes_", ""), count]);

describe("minutes of activity", () => {
  it("stand in tables of their days, made before these come; a day goes whole when all of it was eight days ago", async () => {
    await runOn(today);
    for (const day of [0, 1, 9]) await addMinutes("one", today + day, 5);
    await addMinutes("two", today, 3);
    expect(await standing()).toEqual([
      [0, "20241004", 8],
      [1, "20241005", 5],
      [9, "20241013", 5],
    ]);
    expect((await runOn(today + 8)).removed().counts).toEqual({});
    const scope = await runOn(today + 9);
    expect(Object.fromEntries(scope.removedByTenant())).toEqual({
      one: { counts: { activity: 5 }, bytes: 0 },
      two: { counts: { activity: 3 }, bytes: 0 },
    });
    expect((await standing()).map(([day]) => day)).toEqual([1, 9]);
    const { rows } = await world.pool.owner.query("select day from activity_days() order by day");
    expect(rows.map(({ day }) => day - today)).toEqual(Array.from({ length: 18 }, (_, n) => n + 1));
  });

  it("that came when no day had a table stand in the rest, go row by row, and keep their day from having a table", async () => {
    await addMinutes("one", today, 5);
    await addMinutes("one", today - 9, 5);
    await runOn(today);
    expect(await standing()).toEqual([[0, "rest", 5]]);
    await addMinutes("two", today, 3);
    await addMinutes("two", today + 1, 3);
    expect(await standing("two")).toEqual([
      [0, "rest", 3],
      [1, "20241005", 3],
    ]);
  });

  it("of one tenant go without the others', wherever they stand", async () => {
    for (const tenant of ["one", "two"]) await addMinutes(tenant, today - 1, 20);
    await runOn(today);
    for (const day of [0, 1, 2, 3])
      for (const tenant of ["two", "one"]) await addMinutes(tenant, today + day, 20);
    const scope = await runOn(today + 11, { tenantId: "one" });
    expect(scope.removed().counts).toEqual({ activity: 80 });
    expect((await standing("one")).map(([day, , count]) => [day, count])).toEqual([[3, 20]]);
    expect((await standing("two")).map(([day, , count]) => [day, count])).toEqual(
      [-1, 0, 1, 2, 3].map((day) => [day, 20]),
    );
  });

  it("are kept as long as their tenant says: a day's table as long as the longest, rows of who keeps less go before", async () => {
    await runOn(today);
    for (const tenant of ["one", "two"]) for (const day of [0, 3]) await addMinutes(tenant, today + day, 20);
    const own = (tenantId: string, days: number) =>
      world.pool.query(
        "update tenants set retention = jsonb_build_object('activityDays', $2::integer) where id = $1",
        [tenantId, days],
      );
    await own("one", 12);
    await own("two", 7);
    const daysOf = async (tenantId: string) =>
      (await standing(tenantId)).map(([day, , count]) => [day, count]);
    const removedOn = async (day: number, more: Partial<ScopeOptions> = {}) =>
      Object.fromEntries(
        [...(await runOn(today + day, more)).removedByTenant()].map(([id, { counts }]) => [
          id,
          counts.activity,
        ]),
      );
    expect(await removedOn(8, { isDryRun: true })).toEqual({ two: 20 });
    expect(await removedOn(8)).toEqual({ two: 20 });
    expect([await daysOf("one"), await daysOf("two")]).toEqual([
      [
        [0, 20],
        [3, 20],
      ],
      [[3, 20]],
    ]);
    expect(await removedOn(13, { tenantId: "two" })).toEqual({ two: 20 });
    expect(await removedOn(12)).toEqual({});
    expect(await removedOn(20, { isDryRun: true })).toEqual({ one: 40 });
    expect(await removedOn(13)).toEqual({ one: 20 });
    const { rows } = await world.pool.owner.query("select min(day) as day from activity_days()");
    expect(rows[0].day).toBe(today + 1);
    await own("one", 7);
    expect(await removedOn(12)).toEqual({ one: 20 });
  });

  it("are counted by a dry run, which drops and makes nothing", async () => {
    await runOn(today);
    await addMinutes("one", today, 5);
    const dry = await runOn(today + 20, { isDryRun: true });
    expect(dry.removed().counts).toEqual({ activity: 5 });
    expect(await standing()).toHaveLength(1);
    const { rows } = await world.pool.owner.query("select max(day) as day from activity_days()");
    expect(rows[0].day).toBe(today + 9);
  });

  it("stay when the release before removes them by their place, which is that of others as well", async () => {
    await runOn(today);
    for (const day of [0, 1]) await addMinutes("one", today + day, 5);
    await world.pool
      .ofAll()
      .query(
        "delete from activity_minutes where ctid = any(array(select ctid from activity_minutes where minute < $1))",
        [(today + 1) * 1_440],
      );
    expect((await standing()).map(([day, , count]) => [day, count])).toEqual([
      [0, 5],
      [1, 5],
    ]);
  });

  it("stay for the next run while somebody has their table, who waits for nobody and is held up by nothing", async () => {
    await runOn(today);
    await addMinutes("one", today, 5);
    const reader = await world.pool.owner.connect();
    await reader.query("begin; select from activity_minutes");
    const beganMs = performance.now();
    const scope = await runOn(today + 9);
    expect(performance.now() - beganMs).toBeLessThan(lockMsMax + 2_000);
    expect([scope.isDone, scope.removed().counts]).toEqual([false, {}]);
    expect(await standing()).toHaveLength(1);
    await reader.query("commit");
    reader.release();
    expect((await runOn(today + 9)).removed().counts).toEqual({ activity: 5 });
  });
});
