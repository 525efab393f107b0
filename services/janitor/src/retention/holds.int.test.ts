import type { AccountRef } from "@millrace/shared/events/subjects";
import { givenRequest } from "@millrace/shared/testing/given";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { republishRequests } from "../reconcile/republish-requests.ts";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { removeRows } from "./remove-rows.ts";
import { RetentionScope } from "./retention-scope.ts";
import { auditRule, type RowRule, traceRules } from "./row-rules.ts";
import { forgetSyncs } from "./syncs/forget-syncs.ts";
import { removeForgotten } from "./syncs/remove-forgotten.ts";

let world: TestWorld;
let ref: AccountRef;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.pool.query("truncate sync_removals, events, audit_entries, tombstones");
  ref = await world.addAccount();
});
afterEach(() => world.pool.query("drop function if exists dawdle() cascade"));

const scope = () =>
  new RetentionScope({
    now: new Date(),
    tenantId: null,
    isDryRun: false,
    signal: new AbortController().signal,
  });
const hold = (isHeld = true) =>
  world.pool.query("update accounts set held_at = case when $2 then now() end where id = $1", [
    ref.accountId,
    isHeld,
  ]);
/** More than is removed before a hold is there that is asked for during the first piece, also on a busy machine. */
const many = 16_000;
/** A sync of which a run has begun to remove what is its: so many facts are left. */
async function beginRemoval(events: number): Promise<void> {
  await world.pool.query(
    "insert into sync_removals (sync_id, tenant_id, account_id, event_id) values ('s', $1, $2, 'told')",
    [ref.tenantId, ref.accountId],
  );
  await world.pool.query(
    `insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
     select 1, n, 'e' || n, $1, $2, 's', 'chunk.fetched', 'test', now(), '{}'::jsonb from generate_series(1, $3::integer) as n
     union all select 1, 0, 'told', $1, $2, null, 'syncs.forgotten', 'test', now(), '{}'::jsonb`,
    [ref.tenantId, ref.accountId, events],
  );
}
const eventsLeft = async (): Promise<number> =>
  (await world.pool.query("select from events where account_id = $1 and sync_id = 's'", [ref.accountId]))
    .rowCount ?? 0;

/** From now on each statement that removes rows of a table takes longer by so much. */
const dawdleOver = (table: string, seconds: number) =>
  world.pool.query(`
    create function dawdle() returns trigger language plpgsql as $$
    begin if exists (select from gone) then perform pg_sleep(${seconds}); end if; return null; end $$;
    create trigger dawdle after delete on ${table} referencing old table as gone
      for each statement execute function dawdle()`);

const addTombstones = (count: number) =>
  world.pool.query(
    `insert into tombstones (provider_id, tenant_id, account_id, buried_at)
     select n::text, $1, $2, now() - interval '30 days' from generate_series(1, $3::integer) as n`,
    [ref.tenantId, ref.accountId, count],
  );
const addEntries = (count: number) =>
  world.pool.query(
    `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
     select 'many' || n, $1, now() - interval '2 years', 'key', 'k', 'PATCH', '/v1/accounts/:id', jsonb_build_object('id', $2::text), 'r', 'a'
     from generate_series(1, $3::integer) as n`,
    [ref.tenantId, ref.accountId, count],
  );
/** Whether somebody on this database sleeps in a statement, or waits for another's row. */
const waitsFor = async (event: string): Promise<boolean> => {
  const { rows } = await world.pool.owner.query<{ n: number }>(
    "select count(*)::integer as n from pg_stat_activity where datname = current_database() and wait_event = $1",
    [event],
  );
  return (rows[0]?.n ?? 0) > 0;
};
const isAsleep = () => waitsFor("PgSleep");
const isWaiting = () => waitsFor("transactionid");

describe("a hold", () => {
  it("stops also what a run has begun, and what another run goes on with, until it ends", async () => {
    await beginRemoval(50);
    await hold();
    expect(await removeForgotten(world.pool, scope())).toEqual([]);
    expect(await eventsLeft()).toBe(50);
    await hold(false);
    expect(await removeForgotten(world.pool, scope())).toEqual(["s"]);
    expect(await eventsLeft()).toBe(0);
  });

  it("waits for the piece that is being removed at that moment, and nothing goes after it", async () => {
    await beginRemoval(many);
    await dawdleOver("events", 0.4);
    const running = scope();
    const run = removeForgotten(world.pool, running);
    await expect.poll(eventsLeft, { timeout: 20_000 }).toBeLessThan(many);
    await hold();
    const left = await eventsLeft();
    expect(left).toBeGreaterThan(0);
    expect(await run).toEqual([]);
    expect([await eventsLeft(), running.isDone]).toEqual([left, false]);
  });

  it.each([
    ["tombstones", traceRules(7)[0], addTombstones],
    ["audit_entries", auditRule(365), addEntries],
  ] as const)(
    "waits for the statement over many accounts that removes %s, and nothing goes after it",
    async (table, rule, add) => {
      await add(many);
      await dawdleOver(table, 0.7);
      const leftOf = async () =>
        (await world.pool.query(`select from ${table} where tenant_id = 'acme'`)).rowCount ?? 0;
      const before = await leftOf();
      const run = removeRows(world.pool, rule as RowRule, scope());
      await expect.poll(isAsleep, { timeout: 20_000, interval: 20 }).toBe(true);
      await hold(); // while the statement has removed rows, and not yet ended
      const left = await leftOf();
      expect(left).toBeLessThan(before);
      expect(left).toBeGreaterThan(0);
      await run;
      expect(await leftOf()).toBe(left);
    },
  );

  it("that is put while a statement waits for its accounts is seen by it, also where it was not there when that began", async () => {
    await addTombstones(10);
    const holding = await world.pool.owner.connect();
    await holding.query("begin");
    await holding.query("update accounts set held_at = now() where id = $1", [ref.accountId]);
    const run = removeRows(world.pool, traceRules(7)[0] as RowRule, scope());
    await expect.poll(isWaiting, { timeout: 20_000, interval: 20 }).toBe(true);
    await holding.query("commit");
    holding.release();
    await run;
    const { rowCount } = await world.pool.query("select from tombstones where account_id = $1", [
      ref.accountId,
    ]);
    expect(rowCount).toBe(10);
  });

  it("keeps facts from being appended that would remove something", async () => {
    await hold();
    const due = [{ syncId: "s", ...ref, lastAt: new Date() }];
    expect(await forgetSyncs(world.ports, ref, due)).toEqual([]);
    expect(await world.factsOf(ref)).toEqual([]);
    await hold(false);
    expect(await forgetSyncs(world.ports, ref, due)).toEqual(["s"]);
    expect(await world.factsOf(ref)).toHaveLength(1);
  });

  it("comes too late for what the log has forgotten, which is no request again; what is left of it stays until the hold ends", async () => {
    const values = [ref.tenantId, ref.accountId];
    await world.pool.query(
      `insert into sync_requests (sync_id, tenant_id, account_id, body_hash, request, created_at)
       values ('late', $1, $2, '', $3, now() - interval '8 days')`,
      [...values, givenRequest("late")],
    );
    await world.pool.query(
      `insert into syncs (id, tenant_id, account_id, mode, trigger, status, created_at, ended_at, epoch, seq)
       values ('late', $1, $2, 'full', 'api', 'failed', now(), now(), 0, 0)`,
      values,
    );
    expect(await forgetSyncs(world.ports, ref, [{ syncId: "late", ...ref, lastAt: new Date() }])).toEqual([
      "late",
    ]);
    await hold();
    await world.project();
    const left = async (table: string, id: string) =>
      (await world.pool.query(`select from ${table} where ${id} = 'late'`)).rowCount;
    expect(await left("syncs", "id")).toBe(0);
    expect(await removeForgotten(world.pool, scope())).toEqual([]);
    expect(await republishRequests(world.ports)).toBe(0);
    expect(await world.factsOf(ref)).toMatchObject([{ type: "syncs.forgotten", syncIds: ["late"] }]);
    expect(await left("sync_requests", "sync_id")).toBe(1);
    await hold(false);
    expect(await removeForgotten(world.pool, scope())).toEqual(["late"]);
    expect(await left("sync_requests", "sync_id")).toBe(0);
  });

  it("keeps what was asked for the account, the hold among it", async () => {
    await world.pool.query(
      `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, made_id, request_id, address)
       select 'a' || n, $1, now() - interval '2 years', 'key', 'k', 'PUT', '/v1/accounts/:id/hold', params, made, 'r', 'a'
       from (values (1, jsonb_build_object('id', $2::text), null), (2, '{}', $2), (3, '{"id": "acc_other"}', null)) as e (n, params, made)`,
      [ref.tenantId, ref.accountId],
    );
    const left = async () =>
      (await world.pool.query<{ id: string }>("select id from audit_entries order by id")).rows.map(
        ({ id }) => id,
      );
    await hold();
    await removeRows(world.pool, auditRule(365), scope());
    expect(await left()).toEqual(["a1", "a2"]);
    await hold(false);
    await removeRows(world.pool, auditRule(365), scope());
    expect(await left()).toEqual([]);
  });
});
