import { rebuildViews } from "@millrace/shared/projection/rebuild-views";
import { randomHistory } from "@millrace/shared/projection/testing/random-history";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../../testing/start-world.ts";
import { RetentionScope } from "../retention-scope.ts";
import { removeOldSyncs } from "./remove-old-syncs.ts";

const accounts = ["acc_1", "acc_2"];
const periods = { finishedDays: 30, failedDays: 7 };

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

/** A history in the log and in the views, as if it had happened forty days ago; what has just happened is a note. */
async function livedLongAgo(): Promise<void> {
  await world.pool.query("insert into tenants (id, name) values ('acme', 'Acme') on conflict do nothing");
  for (const id of accounts)
    await world.pool.query(
      "insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, 'acme', 'gmail', $1, '')",
      [id],
    );
  const choices = fc.array(fc.noBias(fc.nat(2 ** 30)), { minLength: 250, maxLength: 250, size: "max" });
  const [chosen = []] = fc.sample(choices, { seed: 3, numRuns: 1 });
  for (const { event } of randomHistory(chosen))
    await world.append({ tenantId: "acme", accountId: event.accountId }, event.fact, event.id);
  await world.project();
  const ago = "- interval '40 days'";
  await world.pool.query(`update events set happened_at = happened_at ${ago}`);
  await world.pool.query(
    `update syncs set ended_at = ended_at ${ago}, created_at = coalesce(ended_at ${ago}, now()), paused_ms = 0`,
  );
  const note = { watermark: "1", expiresAt: new Date().toISOString(), hadGap: false };
  await world.append({ tenantId: "acme", accountId: "acc_1" }, { type: "watch.renewed", ...note });
  await world.project();
}

it("syncs that ended long ago are forgotten through the log, and what is theirs goes once the projection knows it", async () => {
  await livedLongAgo();
  // The projection hears of it while it is waited for.
  const ports = { ...world.ports, sleep: () => world.project() };
  const scopeOf = (isDryRun: boolean) =>
    new RetentionScope({ now: new Date(), tenantId: null, isDryRun, signal: new AbortController().signal });
  const dry = scopeOf(true);
  await removeOldSyncs(ports, periods, dry);
  const scope = scopeOf(false);
  await removeOldSyncs(ports, periods, scope);
  const { counts } = scope.removed();
  expect(counts).toMatchObject(dry.removed().counts);
  expect(counts.syncs).toBeGreaterThan(3);
  expect(counts.events).toBeGreaterThan(counts.syncs ?? 0);
  const facts = await Promise.all(
    accounts.map((accountId) => world.factsOf({ tenantId: "acme", accountId })),
  );
  const named = facts.flat().flatMap((fact) => (fact.type === "syncs.forgotten" ? fact.syncIds : []));
  expect(named).toHaveLength(counts.syncs ?? 0);
  for (const table of ["events", "chunks", "dead_letters", "sync_removals"]) {
    const { rowCount } = await world.pool.query(`select from ${table} where sync_id = any($1)`, [named]);
    expect([table, rowCount]).toEqual([table, 0]);
  }
  const { tables } = await rebuildViews(world.pool.owner, { check: true });
  expect([tables.chunks.extra, tables.chunks.missing, tables.syncs.extra, tables.syncs.missing]).toEqual([
    0, 0, 0, 0,
  ]);
});

it("where the projection stands still, nothing goes, and the next run goes on with it", async () => {
  const { rows } = await world.pool.query<{ id: string }>("select id from syncs where ended_at is not null");
  await world.pool.query(
    "update syncs set ended_at = now() - interval '400 days' where ended_at is not null",
  );
  await world.pool.query("update account_states set last_sync_id = null");
  const scope = () =>
    new RetentionScope({
      now: new Date(),
      tenantId: null,
      isDryRun: false,
      signal: new AbortController().signal,
    });
  const stuck = scope();
  await removeOldSyncs({ ...world.ports, sleep: async () => {} }, periods, stuck);
  expect(stuck.removed().counts).toEqual({});
  const { rowCount } = await world.pool.query("select from syncs where id = any($1)", [
    rows.map(({ id }) => id),
  ]);
  expect(rowCount).toBe(rows.length);
  await world.project();
  const next = scope();
  await removeOldSyncs(world.ports, periods, next);
  expect(next.removed().counts.syncs ?? 0).toBeGreaterThan(0);
});

/** Accounts with failed syncs that have had their time, so many each; nothing else of them. */
async function addOldSyncs(accountCount: number, syncCount: number, prefix = "acc_old_"): Promise<void> {
  await world.pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
     select $2 || to_char(n, 'FM0000'), 'acme', 'gmail', $2 || n, '' from generate_series(1, $1::integer) as n`,
    [accountCount, prefix],
  );
  await world.pool.query(
    `insert into account_states (account_id, tenant_id, status, epoch, seq)
     select id, tenant_id, 'connected', 0, 0 from accounts where starts_with(id, $1)`,
    [prefix],
  );
  await world.pool.query(
    `insert into syncs (id, tenant_id, account_id, mode, trigger, status, created_at, ended_at, epoch, seq)
     select 'syn_' || a.id || '_' || n, a.tenant_id, a.id, 'full', 'api', 'failed', now() - interval '50 days',
       now() - interval '50 days', 0, 0
     from accounts a, generate_series(1, $1::integer) as n where starts_with(a.id, $2)`,
    [syncCount, prefix],
  );
  await world.pool.query(
    `insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
     select 0, row_number() over (), s.id || '.end', s.tenant_id, s.account_id, s.id, 'sync.failed', 'test', s.ended_at, '{}'
     from syncs s where starts_with(s.account_id, $1)`,
    [prefix],
  );
}

it("of many accounts all are found, however many one has; a run that is cut goes on at the account it was at", async () => {
  await addOldSyncs(401, 1);
  await world.pool.query(`
    insert into syncs (id, tenant_id, account_id, mode, trigger, status, created_at, ended_at, epoch, seq)
    select 'syn_many_' || n, 'acme', 'acc_old_0007', 'full', 'api', 'failed', now() - interval '50 days', now() - interval '50 days', 0, 0
    from generate_series(1, 2100) as n`);
  await world.pool.query(`
    insert into events (epoch, seq, id, tenant_id, account_id, sync_id, type, source, happened_at, fact)
    select 0, 10000 + row_number() over (), s.id || '.end', s.tenant_id, s.account_id, s.id, 'sync.failed', 'test', s.ended_at, '{}'
    from syncs s where s.id like 'syn_many_%'`);
  const ports = { ...world.ports, sleep: () => world.project() };
  const options = { now: new Date(), tenantId: null, signal: new AbortController().signal };
  const dry = new RetentionScope({ ...options, isDryRun: true });
  await removeOldSyncs(ports, periods, dry);
  expect(dry.removed().counts.syncs).toBeGreaterThanOrEqual(2_501);
  const first = new RetentionScope({ ...options, isDryRun: false, limits: { ms: 60_000, rows: 4_800 } });
  await removeOldSyncs(ports, periods, first);
  expect([first.isDone, first.leftAfter]).toEqual([false, "acc_old_0198"]);
  const second = new RetentionScope({ ...options, isDryRun: false, resumeAfter: first.leftAfter });
  await removeOldSyncs(ports, periods, second);
  expect(second.isDone).toBe(true);
  const { rows } = await world.pool.query("select id from syncs where account_id like 'acc_old_%'");
  expect(rows).toEqual([]);
});

it("syncs stay when they are to be kept for longer, also those that a run that is under way has found", async () => {
  await addOldSyncs(2, 1, "acc_keep_");
  let pauses = 0;
  // Asked before the accounts are looked at, before the first one's turn, and before the second one's.
  const makesWay = async () => {
    if (++pauses === 3)
      await world.pool.query(`update tenants set retention = '{"failedSyncsDays": 365}' where id = 'acme'`);
    return false;
  };
  const { signal } = new AbortController();
  const scope = new RetentionScope({ now: new Date(), tenantId: null, isDryRun: false, signal, makesWay });
  await removeOldSyncs({ ...world.ports, sleep: () => world.project() }, periods, scope);
  const { rows } = await world.pool.query("select account_id from syncs where account_id like 'acc_keep_%'");
  expect(rows).toEqual([{ account_id: "acc_keep_0002" }]);
});
