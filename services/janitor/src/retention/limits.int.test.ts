import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { PoolClient } from "@millrace/shared/postgres/create-pool";
import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { janitorConfigSchema } from "../config.ts";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { limitedPool, lockMsMax, statementMsMax } from "./limited-pool.ts";
import { RetentionScope } from "./retention-scope.ts";
import { retentionTasks } from "./retention-tasks.ts";

const config = janitorConfigSchema.parse({
  DATABASE_URL: "postgres://127.0.0.1/none",
  NATS_URL: "nats://127.0.0.1:1",
  BLOB_DIR: "/nowhere",
});
const tasks = retentionTasks(config);

let world: TestWorld;
let ref: AccountRef;
let other: PoolClient;
beforeAll(async () => {
  world = await startWorld();
  other = await world.pool.owner.connect();
});
afterAll(async () => {
  other?.release();
  await world?.stop();
});
beforeEach(async () => {
  ref = await world.addAccount();
  await world.pool.query("truncate audit_entries");
});
afterEach(async () => {
  await world.pool.query("drop function if exists dawdle() cascade; drop function if exists note() cascade");
});

const blobs = {
  list: async function* () {},
  has: async () => null,
  delete: async () => true,
  removeUnfinished: async () => 0,
};
async function run(task: keyof typeof tasks): Promise<Readonly<Record<string, number>>> {
  const signal = new AbortController().signal;
  const scope = new RetentionScope({ now: new Date(), tenantId: null, isDryRun: false, signal });
  await tasks[task]({ ...world.ports, blobs, sleep: () => world.project() }, scope);
  return scope.removed().counts;
}

/** Each row of the table that is removed takes so long, as on a disk that is slow, or with much that hangs on it. */
const slowDown = (table: string, ms: number) =>
  world.pool.query(`
    create function dawdle() returns trigger language plpgsql as $$
    begin perform pg_sleep(${ms / 1_000}); return old; end $$;
    create trigger dawdle before delete on ${table} for each row execute function dawdle()`);
const addEntries = (count: number) =>
  world.pool.query(
    `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
     select 'aud_' || n, 'acme', now() - interval '2 years', 'key', 'k', 'POST', '/', '{}', 'r', 'a'
     from generate_series(1, $1::integer) as n`,
    [count],
  );

describe("statements that remove", () => {
  it("have little time, in every task and on every table", async () => {
    await world.pool.query(`
      create table noted (name text, statement text, "lock" text, pause text);
      grant insert on noted to public;
      create function note() returns trigger language plpgsql as $$
      begin
        insert into noted values (tg_table_name, current_setting('statement_timeout'), current_setting('lock_timeout'),
          current_setting('idle_in_transaction_session_timeout'));
        return null;
      end $$;
      do $$
      declare t name;
      begin
        for t in select relname from pg_class
          where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relname <> 'noted'
        loop
          execute format('create trigger note after delete or update on %I for each statement execute function note()', t);
        end loop;
      end $$`);
    const syncId = newId("syn");
    const values = [ref.accountId, ref.tenantId, syncId];
    await world.pool.query(
      `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
         headers, addresses, content, defects, search, sync_id, work, deleted_at, deleted_why)
       values ($1, 'm', $2, $1 || 'm', '{}', 10, '', '{}', '[]', '{}', 'full', '{}', '', $3, '0', now() - interval '1 year', 'deleted')`,
      values,
    );
    await world.pool.query(
      "insert into sync_removals (sync_id, tenant_id, account_id, event_id) values ($3, $2, $1, 'e')",
      values,
    );
    await world.pool.query(
      `insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
       values (1, 1, 'e', $1, $2, 'syncs.forgotten', 'test', now(), '{}')`,
      [ref.tenantId, ref.accountId],
    );
    await world.pool.query("delete from noted");
    for (const name of retentionTaskNames) await run(name);
    const { rows } = await world.pool.query("select distinct * from noted order by name");
    const names = rows.map(({ name }) => name);
    // All that the tasks remove from; what goes with a row goes with its statement.
    for (const table of ["messages", "chunks", "events", "sync_removals", "audit_entries", "browser_tokens"])
      expect(names).toContain(table);
    expect(names.length).toBeGreaterThan(20);
    const limits = { statement: "2s", lock: "1s", pause: "2s" };
    for (const row of rows) expect(row).toEqual({ name: row.name, ...limits });
    await world.pool.query("drop table noted");
  });

  it("leave the connection as it was for whoever gets it next", async () => {
    const limited = limitedPool(world.pool);
    const timeout = async (of = world.pool.ofNobody()) =>
      (await of.query<{ at: string }>("select current_setting('statement_timeout') as at")).rows[0]?.at;
    expect([await timeout(limited.ofNobody()), await timeout()]).toEqual(["2s", "1min"]);
    await expect(limited.ofNobody().query("select pg_sleep(5)")).rejects.toMatchObject({ code: "57014" });
    for (let i = 0; i < 6; i++) expect(await timeout()).toBe("1min");
  });

  it("get through a table that is slow, in smaller pieces; who wants a row meanwhile waits for moments", async () => {
    await addEntries(600);
    await slowDown("audit_entries", 10); // 6 s for all of them, and no statement has that
    const waits: number[] = [];
    let isOver = false;
    const writing = (async () => {
      for (let n = 1; !isOver; n = (n % 600) + 1) {
        const beganMs = performance.now();
        await other.query("update audit_entries set status = 200 where id = $1", [`aud_${n}`]);
        waits.push(performance.now() - beganMs);
      }
    })();
    const counts = await run("audit-entries");
    isOver = true;
    await writing;
    // Those that somebody was writing at that moment stay for the next run.
    const left = await run("audit-entries");
    expect((counts.auditEntries ?? 0) + (left.auditEntries ?? 0)).toBe(600);
    expect(Math.max(...waits)).toBeLessThan(statementMsMax + 2_000);
    const { rows } = await world.pool.query("select from audit_entries");
    expect(rows).toEqual([]);
  }, 60_000);

  it("do not wait in line for what somebody holds, and fail instead of holding up whoever comes after them", async () => {
    await world.pool.query(
      `insert into sync_removals (sync_id, tenant_id, account_id, event_id) values ('syn_held', $1, $2, 'held')`,
      [ref.tenantId, ref.accountId],
    );
    await world.pool.query(
      `insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
       values (1, 2, 'held', $1, $2, 'syncs.forgotten', 'test', now(), '{}')`,
      [ref.tenantId, ref.accountId],
    );
    await world.pool.query(
      `insert into claims (sync_id, chunk_index, tenant_id, account_id, is_open) values ('syn_held', 0, $1, $2, true)`,
      [ref.tenantId, ref.accountId],
    );
    await other.query("begin");
    await other.query("select from claims where sync_id = 'syn_held' for update");
    const beganMs = performance.now();
    await expect(run("syncs")).rejects.toMatchObject({ code: "55P03" });
    expect(performance.now() - beganMs).toBeGreaterThan(lockMsMax);
    await other.query("rollback");
    expect(await run("syncs")).toMatchObject({ claims: 1, syncs: 1 });
  }, 60_000);
});
