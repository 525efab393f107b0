import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import type { FactOf } from "@millrace/shared/events/facts";
import { noAccount, noTenant } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createClockTrust, type TrustClock } from "../care/trust-clock.ts";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { defaultPeriodsOf } from "./default-periods-of.ts";
import { retentionTask } from "./keep-retention.ts";
import { removeRows } from "./remove-rows.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import { RetentionScope } from "./retention-scope.ts";
import type { RetentionConfig } from "./retention-tasks.ts";
import { auditRule } from "./row-rules.ts";

const hour = 3_600;
const config: RetentionConfig = {
  ...usualRetention,
  RETENTION_SCHEDULES: { "audit-entries": hour },
};

let world: TestWorld;
let folder: string;
let nowMs: number;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  await world.pool.query("update installation set blob_store_owner = null"); // each test has a folder of its own
  folder = await mkdtemp(join(tmpdir(), "millrace-retention-"));
  nowMs = Date.now();
  await world.pool.query("truncate retention_runs, retention_run_tenants, audit_entries, messages cascade");
  await world.pool.query("update tenants set retention = '{}'");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const ports = (more: Partial<RetentionPorts> = {}): RetentionPorts => ({
  ...world.ports,
  blobs: ownedStore(createFolderStore(folder), world.pool),
  nowMs: () => nowMs,
  ...more,
});
const turn = (
  more: Partial<RetentionPorts> = {},
  signal = new AbortController().signal,
  limits: Partial<RetentionConfig> = {},
  isTrusted: TrustClock = async () => true,
) => retentionTask({ ...config, ...limits }, ports(more), isTrusted).run(signal);

interface RunRow {
  readonly task: string;
  readonly state: string;
  readonly removed: Readonly<Record<string, number>>;
  readonly bytes: string;
  readonly failure: string | null;
  readonly done: boolean;
}
const runs = async (where = "true"): Promise<RunRow[]> =>
  (
    await world.pool.query<RunRow>(
      `select task, state, removed, bytes, failure, done from retention_runs where ${where} order by requested_at, id`,
    )
  ).rows;

async function addDeleted(ref: AccountRef, count: number, days: number): Promise<void> {
  await world.pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work, deleted_at, deleted_why)
     select $1, n::text || '-' || $4::integer, $2, $1 || n || '-' || $4::integer, '{}', 10, '', '{}', '[]', '{}', 'full', '{}', '', 's', '0',
       now() - make_interval(days => $4::integer), 'deleted'
     from generate_series(1, $3::integer) as n`,
    [ref.accountId, ref.tenantId, count, days],
  );
}
const messagesOf = async (ref: AccountRef) =>
  (await world.pool.query("select from messages where account_id = $1", [ref.accountId])).rowCount;

/** Entries of the audit trail that are so many days old, and older by a minute each. */
async function addAudit(name: string, count: number, days: number, tenantId = "acme"): Promise<void> {
  await world.pool.query(
    `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
     select $1::text || n, $4, now() - make_interval(days => $3, mins => n), 'key', 'k', 'POST', '/', '{}', 'r', 'a'
     from generate_series(1, $2::integer) as n`,
    [name, count, days, tenantId],
  );
}

async function ask(task: string, more: { tenantId?: string; dryRun?: boolean } = {}): Promise<void> {
  await world.pool.query(
    `insert into retention_runs (id, task, tenant_id, dry_run, asked_by, state)
     values ('ret_' || gen_random_uuid(), $1, $2, $3, 'key_1', 'requested')`,
    [task, more.tenantId ?? null, more.dryRun ?? false],
  );
}

it("says for how long things are kept for everybody, also when it was told otherwise since", async () => {
  const told = async () =>
    (await world.pool.query<{ retention: object }>("select retention from installation")).rows[0]?.retention;
  await turn();
  expect(await told()).toEqual(defaultPeriodsOf(config));
  await turn({}, undefined, { RETAIN_DELETED_DAYS: 14 });
  expect(await told()).toMatchObject({ deletedMessagesDays: 14, auditDays: 365 });
});

it("each task runs by its own schedule, and leaves a record", async () => {
  await turn();
  expect((await runs()).map(({ task, state }) => [task, state])).toEqual(
    retentionTaskNames.map((task) => [task, "completed"]),
  );
  await turn();
  expect(await runs()).toHaveLength(retentionTaskNames.length);
  nowMs += 2 * hour * 1_000;
  await turn();
  expect((await runs()).slice(retentionTaskNames.length).map(({ task }) => task)).toEqual(["audit-entries"]);
  nowMs += 4 * hour * 1_000;
  await turn();
  expect(await runs()).toHaveLength(2 * retentionTaskNames.length + 1);
});

it("what a run has removed stands in its record, in all and of each tenant, and in a fact", async () => {
  const ref = await world.addAccount();
  await addDeleted(ref, 3, 31);
  await turn();
  expect(await runs("task = 'messages'")).toMatchObject([{ removed: { messages: 3 }, bytes: "30" }]);
  const { rows } = await world.pool.query("select tenant_id, task, removed from retention_run_tenants");
  expect(rows).toEqual([{ tenant_id: "acme", task: "messages", removed: { messages: 3 } }]);
  const facts = await world.factsOf({ tenantId: "acme", accountId: noAccount });
  const ran = facts.filter((fact) => fact.type === "retention.ran") as FactOf<"retention.ran">[];
  expect(ran).toMatchObject([{ task: "messages", removed: { messages: 3 }, bytes: 30 }]);
});

it("a run that is asked for comes at once, for one tenant if it says so; a dry one removes nothing and tells nobody", async () => {
  const ref = await world.addAccount();
  await world.pool.query("insert into tenants (id, name) values ('beta', 'Beta') on conflict do nothing");
  const other = { tenantId: "beta", accountId: `${ref.accountId}b` };
  await world.pool.query(
    "insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, 'beta', 'gmail', $1, '')",
    [other.accountId],
  );
  await turn();
  await addDeleted(ref, 2, 31);
  await addDeleted(other, 5, 31);
  const told = (await world.factsOf({ tenantId: "beta", accountId: noAccount })).length;
  await ask("messages", { tenantId: "beta", dryRun: true });
  await turn();
  expect(await runs("asked_by is not null")).toMatchObject([
    { state: "completed", removed: { messages: 5 }, bytes: "50" },
  ]);
  expect([await messagesOf(ref), await messagesOf(other)]).toEqual([2, 5]);
  expect(await world.factsOf({ tenantId: "beta", accountId: noAccount })).toHaveLength(told);
  await ask("messages", { tenantId: "beta" });
  await turn();
  expect([await messagesOf(ref), await messagesOf(other)]).toEqual([2, 0]);
});

it("of a run that an operator asked for its tenants are told so, and of others not", async () => {
  const ref = await world.addAccount();
  const ranAs = async (run: { tenantId?: string; dryRun?: boolean } | null) => {
    await world.pool.query("truncate retention_run_tenants");
    await addDeleted(ref, 1, 31);
    if (run !== null) await ask("messages", run);
    nowMs += run === null ? config.RETENTION_SECONDS * 1_000 : 0;
    await turn();
    const { rows } = await world.pool.query<{ is: boolean }>(
      "select by_operator as is from retention_run_tenants where tenant_id = 'acme' and task = 'messages' and dry_run = $1",
      [run?.dryRun ?? false],
    );
    const facts = await world.factsOf({ tenantId: "acme", accountId: noAccount });
    const ran = facts.flatMap((fact) => (fact.type === "retention.ran" ? [fact.askedBy] : []));
    await world.pool.query("delete from messages");
    return [rows.map((row) => row.is), ran.at(-1)];
  };
  expect(await ranAs(null)).toEqual([[false], undefined]);
  expect(await ranAs({})).toEqual([[true], "operator"]);
  expect(await ranAs({ tenantId: "acme" })).toEqual([[false], "tenant"]);
  expect(await ranAs({ dryRun: true })).toEqual([[true], "tenant"]); // of dry runs there is no fact
});

it("dry runs find what runs remove, in every task", async () => {
  const ref = await world.addAccount();
  await addDeleted(ref, 4, 31);
  await world.pool.query(
    `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
     select 'aud_' || n, 'acme', now() - make_interval(days => 360 + n), 'key', 'k', 'POST', '/', '{}', 'r', 'a'
     from generate_series(1, 9) as n`,
  );
  for (const task of retentionTaskNames) await ask(task, { dryRun: true });
  await turn();
  const found = (await runs("dry_run")).map(({ task, removed }) => [task, removed]);
  const removed = (await runs("not dry_run")).map(({ task, removed: counts }) => [task, counts]);
  const { unfinished: _, ...blobs } = Object.fromEntries(removed).blobs ?? {};
  expect(Object.fromEntries(found)).toEqual({ ...Object.fromEntries(removed), blobs });
  expect(Object.fromEntries(removed)).toMatchObject({
    messages: { messages: 4 },
    "audit-entries": { auditEntries: 4 },
  });
});

it("a tenant's own period goes before everybody's, whether it is longer or shorter", async () => {
  const ref = await world.addAccount();
  await addDeleted(ref, 1, 31);
  await addDeleted(ref, 1, 11);
  const entries = async () => (await world.pool.query("select from audit_entries")).rowCount;
  await world.pool.query(
    `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
     select 'aud_' || n, 'acme', now() - make_interval(days => n * 100), 'key', 'k', 'POST', '/', '{}', 'r', 'a'
     from generate_series(1, 9) as n`,
  );
  await world.pool.query(
    `update tenants set retention = '{"deletedMessagesDays": 60, "auditDays": 800}' where id = 'acme'`,
  );
  await turn();
  expect([await messagesOf(ref), await entries()]).toEqual([2, 8]);
  await world.pool.query(
    `update tenants set retention = '{"deletedMessagesDays": 10, "auditDays": 150}' where id = 'acme'`,
  );
  nowMs += 7 * hour * 1_000;
  await turn();
  expect([await messagesOf(ref), await entries()]).toEqual([0, 1]);
});

it("an account that is held loses nothing until it is held no more", async () => {
  const ref = await world.addAccount();
  await addDeleted(ref, 2, 31);
  await world.pool.query(
    "insert into tombstones (account_id, provider_id, tenant_id, buried_at) values ($1, 'x', $2, now() - interval '9 days')",
    [ref.accountId, ref.tenantId],
  );
  await world.pool.query("update accounts set held_at = now(), held_reason = 'a suit' where id = $1", [
    ref.accountId,
  ]);
  const tombstones = async () =>
    (await world.pool.query("select from tombstones where account_id = $1", [ref.accountId])).rowCount;
  await turn();
  expect([await messagesOf(ref), await tombstones()]).toEqual([2, 1]);
  await world.pool.query("update accounts set held_at = null where id = $1", [ref.accountId]);
  nowMs += 7 * hour * 1_000;
  await turn();
  expect([await messagesOf(ref), await tombstones()]).toEqual([0, 0]);
});

it("a task that fails says why in its record, holds up no other, and comes again, later each time", async () => {
  const ref = await world.addAccount();
  await addDeleted(ref, 1, 31);
  const append: RetentionPorts["append"] = async () => {
    throw new Error("no broker");
  };
  await turn({ append });
  const states = Object.fromEntries((await runs()).map(({ task, state }) => [task, state]));
  expect(states).toMatchObject({ messages: "failed", activity: "completed" });
  expect(await runs("state = 'failed'")).toMatchObject([{ failure: "no broker" }]);
  for (const waitSeconds of [30, 60, 120]) {
    nowMs += (waitSeconds - 1) * 1_000;
    const before = (await runs("state = 'failed'")).length;
    await turn({ append });
    expect(await runs("state = 'failed'")).toHaveLength(before);
    nowMs += 1_000;
    await turn({ append });
    expect(await runs("state = 'failed'")).toHaveLength(before + 1);
  }
  nowMs += 240_000;
  await turn();
  expect((await runs()).map(({ task, state }) => `${task} ${state}`).slice(-1)).toEqual([
    "messages completed",
  ]);
  const count = (await runs()).length;
  nowMs += 240_000;
  await turn();
  expect(await runs()).toHaveLength(count);
});

it("a run that was cut off by the end of its process is begun anew by the next one", async () => {
  await world.pool.query(
    `insert into retention_runs (id, task, dry_run, state, started_at) values ('ret_cut', 'traces', false, 'running', now())`,
  );
  await turn();
  expect(await runs("id = 'ret_cut'")).toMatchObject([{ state: "completed" }]);
});

it("a janitor that stops ends its run in order, with what it has done so far", async () => {
  const ref = await world.addAccount();
  await addDeleted(ref, 500, 31);
  const stopping = new AbortController();
  const append: RetentionPorts["append"] = (effect) => {
    stopping.abort();
    return world.ports.append(effect);
  };
  await expect(turn({ append }, stopping.signal)).rejects.toThrow();
  expect(await runs("task = 'messages'")).toMatchObject([{ state: "stopped", removed: { messages: 200 } }]);
  expect(await messagesOf(ref)).toBe(300);
});

it("a run ends after its share and says so; the others have their turns, and the next one goes on within the minute", async () => {
  const ref = await world.addAccount();
  await addDeleted(ref, 1_000, 31);
  const few = { RETENTION_RUN_ROWS: 400 };
  const turnOfFew = () => turn({}, undefined, few);
  await turnOfFew();
  expect(await messagesOf(ref)).toBe(600);
  expect(await runs("task = 'messages'")).toMatchObject([{ state: "completed", done: false }]);
  expect(await runs("task = 'activity'")).toMatchObject([{ state: "completed", done: true }]);
  await turnOfFew();
  expect(await messagesOf(ref)).toBe(600);
  nowMs += 20_000;
  await turnOfFew();
  expect(await messagesOf(ref)).toBe(200);
  nowMs += 20_000;
  await turnOfFew();
  expect(await runs("task = 'messages'")).toMatchObject([
    { removed: { messages: 400 }, done: false },
    { removed: { messages: 400 }, done: false },
    { removed: { messages: 200 }, done: true },
  ]);
  nowMs += 60_000;
  await turnOfFew();
  expect(await runs("task = 'messages'")).toHaveLength(3);
});

it("what a run that was asked for leaves, the schedule goes on with; time is a share as well", async () => {
  const ref = await world.addAccount();
  await turn();
  await addDeleted(ref, 500, 31);
  await ask("messages", { dryRun: true });
  await ask("messages");
  const wait = async (effect: Parameters<RetentionPorts["append"]>[0]) => {
    await sleep(1_000);
    return world.ports.append(effect);
  };
  nowMs += 1_000;
  await turn({ append: wait }, undefined, { RETENTION_RUN_SECONDS: 1 });
  expect(await messagesOf(ref)).toBe(300);
  expect(await runs("asked_by is not null")).toMatchObject([
    { removed: { messages: 500 }, done: true },
    { removed: { messages: 200 }, done: false },
  ]);
  nowMs += 20_000;
  await turn();
  expect(await messagesOf(ref)).toBe(0);
});

it("a run by schedule makes way for one that somebody asks for, and goes on soon", async () => {
  const ref = await world.addAccount();
  await turn();
  await addDeleted(ref, 1_000, 31);
  const askMeanwhile = async (effect: Parameters<RetentionPorts["append"]>[0]) => {
    if (effect.fact.type === "messages.removed" && (await runs("asked_by is not null")).length === 0) {
      await ask("traces");
      await sleep(1_100); // until the load is read anew
    }
    return world.ports.append(effect);
  };
  nowMs += config.RETENTION_SECONDS * 1_000;
  await turn({ append: askMeanwhile });
  expect(await runs("asked_by is not null")).toMatchObject([{ task: "traces", state: "completed" }]);
  expect(await messagesOf(ref)).toBe(800);
  expect((await runs("task = 'messages'")).at(-1)).toMatchObject({
    state: "completed",
    removed: { messages: 200 },
    done: false,
  });
  nowMs += 20_000;
  await turn();
  expect(await messagesOf(ref)).toBe(0);
});

describe("who asks for runs", () => {
  /** All runs, in the order in which they were begun. */
  const begun = async (): Promise<string[]> => {
    const sql = `select coalesce(tenant_id, 'all') || ' ' || task || case when asked_by is null then '' else ' asked' end as name
      from retention_runs where state = 'completed' order by started_at`;
    return (await world.pool.query<{ name: string }>(sql)).rows.map(({ name }) => name);
  };
  /** A clock that goes on with each run, so that their order can be told. */
  const goOn = async (): Promise<boolean> => {
    nowMs += 10;
    return true;
  };
  const turnOf = (isTrusted: TrustClock) => turn({}, undefined, {}, isTrusted);

  it("has one after the other with the other tenants, and with operators, however much was asked for before", async () => {
    await turn();
    for (const task of ["traces", "requests", "notes"]) await ask(task, { tenantId: "acme" });
    for (const task of ["traces", "requests"]) await ask(task, { tenantId: "beta" });
    await ask("messages");
    await turnOf(goOn);
    expect((await begun()).filter((name) => name.endsWith("asked"))).toEqual([
      "acme traces asked",
      "beta traces asked",
      "all messages asked",
      "acme requests asked",
      "beta requests asked",
      "acme notes asked",
    ]);
  });

  it("waits for a run by schedule between each two, and schedules for no more than one", async () => {
    for (const task of ["traces", "requests", "notes"]) await ask(task, { tenantId: "acme" });
    await turnOf(goOn);
    expect((await begun()).slice(0, 7)).toEqual([
      "acme traces asked",
      "all messages",
      "acme requests asked",
      "all syncs",
      "acme notes asked",
      "all dead-letters",
      "all blobs",
    ]);
  });

  it("keeps no run by schedule from its work that begins when its turn has come", async () => {
    const ref = await world.addAccount();
    await addDeleted(ref, 1_000, 31);
    for (const task of ["traces", "requests"]) await ask(task);
    await turn();
    expect(await messagesOf(ref)).toBeLessThan(800);
  });

  it("and goes on asking keeps no look from its end, and so no schedule from what is due meanwhile", async () => {
    await turn();
    const now = performance.now.bind(performance);
    let passedMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now() + passedMs);
    try {
      await ask("traces");
      await turnOf(async () => {
        await ask("traces");
        passedMs += 10_000;
        return true;
      });
    } finally {
      vi.restoreAllMocks();
    }
    expect(await runs("asked_by is not null and state = 'completed'")).toHaveLength(6);
    expect(await runs("state = 'requested'")).not.toEqual([]);
  });
});

it("what was removed before a death stands in the record and in the fact of whoever goes on with the run", async () => {
  const [ref, other] = [await world.addAccount(), await world.addAccount()];
  for (const { accountId, tenantId } of [ref, other])
    await world.pool.query(
      `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
       select 'aud_' || $1 || n, $2, now() - interval '2 years', 'key', 'k', 'POST', '/', '{}', 'r', 'a'
       from generate_series(1, 6000) as n`,
      [accountId, tenantId],
    );
  await ask("audit-entries");
  const [{ id = "" } = {}] = (await world.pool.query<{ id: string }>("select id from retention_runs")).rows;
  await world.pool.query(
    "update retention_runs set state = 'running', started_at = now() - interval '1 minute'",
  );
  // A janitor that dies after a piece: nothing but what its transactions have written is left of it.
  const dying = new RetentionScope({
    ...{ now: new Date(nowMs), tenantId: null, isDryRun: false, runId: id },
    ...{ signal: new AbortController().signal, limits: { ms: 60_000, rows: 5_000 } },
  });
  await removeRows(world.pool, auditRule(365), dying);
  expect(dying.removed().counts).toEqual({ auditEntries: 5_000 });
  await turn();
  const [run] = await runs("asked_by is not null");
  expect(run).toMatchObject({ state: "completed", removed: { auditEntries: 12_000 } });
  const { rows } = await world.pool.query<{ n: number; running: boolean }>(
    "select (removed ->> 'auditEntries')::integer as n, running from retention_run_tenants where run_id = $1",
    [id],
  );
  expect(rows).toEqual([{ n: 12_000, running: false }]);
  const told = (await world.factsOf({ tenantId: ref.tenantId, accountId: noAccount })).flatMap((fact) =>
    fact.type === "retention.ran" && fact.runId === id ? [fact.removed] : [],
  );
  expect(told).toEqual([{ auditEntries: 12_000 }]);
  const nobodys = (await world.factsOf({ tenantId: noTenant, accountId: noAccount })).filter(
    (fact) => fact.type === "retention.ran" && fact.runId === id,
  );
  expect(nobodys).toEqual([]);
});

describe("what facts tell of runs", () => {
  const told = async () =>
    (await world.factsOf({ tenantId: "acme", accountId: noAccount })).flatMap((fact) =>
      fact.type === "retention.ran" && fact.task === "audit-entries" ? [fact.removed] : [],
    );
  const asked = async () => runs("asked_by is not null");

  it("is what their records have, also when the end of a run could not be written down", async () => {
    await turn();
    const before = (await told()).length;
    await addAudit("aud_much", 12_000, 400);
    await ask("audit-entries");
    await world.pool.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
      create trigger refuse before update on retention_runs for each row
        when (old.state = 'running' and new.state = 'completed') execute function refuse()`);
    await expect(turn({}, undefined, { RETENTION_RUN_ROWS: 5_000 })).rejects.toThrow("no room");
    await world.pool.query("drop trigger refuse on retention_runs; drop function refuse()");
    await turn({}, undefined, { RETENTION_RUN_ROWS: 5_000 });
    expect(await asked()).toMatchObject([{ state: "completed", removed: { auditEntries: 10_000 } }]);
    expect((await told()).slice(before)).toEqual([{ auditEntries: 10_000 }]);
  });

  it("is told by the next look where nobody came to it, and once", async () => {
    await turn();
    const before = (await told()).length;
    await addAudit("aud_old", 7, 400);
    await ask("audit-entries");
    const append: RetentionPorts["append"] = async () => {
      throw new Error("no broker");
    };
    await expect(turn({ append })).rejects.toThrow("no broker");
    expect(await asked()).toMatchObject([{ state: "completed", removed: { auditEntries: 7 } }]);
    expect((await told()).slice(before)).toEqual([]);
    const effects: unknown[] = [];
    const counted: RetentionPorts["append"] = (effect) => {
      effects.push(effect);
      return world.ports.append(effect);
    };
    await turn({ append: counted });
    await turn({ append: counted });
    expect(effects).toHaveLength(1);
    expect((await told()).slice(before)).toEqual([{ auditEntries: 7 }]);
  });
});

it("a run that a wrong clock has dated into the future keeps the next ones from nothing", async () => {
  await turn();
  const before = (await runs("task = 'activity'")).length;
  await world.pool.query(
    "update retention_runs set started_at = now() + interval '400 days', ended_at = now() + interval '400 days' where task = 'activity'",
  );
  nowMs += 1_000;
  await turn();
  expect(await runs("task = 'activity'")).toHaveLength(before + 1);
  await turn();
  expect(await runs("task = 'activity'")).toHaveLength(before + 1);
});

it("a clock that is set while a look is under way is trusted no more: nothing further goes, nor is dated by it", async () => {
  await addAudit("aud_young", 9, 10);
  const store = ports().blobs;
  const list: RetentionPorts["blobs"]["list"] = (after) => {
    nowMs += 400 * 24 * hour * 1_000;
    return store.list(after);
  };
  const isTrusted = createClockTrust({ ...world.ports, nowMs: () => nowMs });
  await turn({ blobs: { ...store, list } }, undefined, {}, isTrusted);
  expect(await runs("task in ('messages', 'blobs')")).toMatchObject([
    { state: "completed" },
    { state: "completed" },
  ]);
  expect(await runs("task in ('audit-entries', 'traces')")).toEqual([]);
  expect((await world.pool.query("select from audit_entries")).rowCount).toBe(9);
  expect(await runs("greatest(started_at, ended_at) > now() + interval '1 minute'")).toEqual([]);
  await ask("audit-entries");
  await turn({}, undefined, {}, isTrusted);
  expect(await runs("asked_by is not null")).toMatchObject([{ state: "requested" }]);
});

describe("a search of the blob store", () => {
  /** Contents that nobody carries and that have had their time, by name. */
  async function addOrphans(count: number): Promise<string[]> {
    const names: string[] = [];
    const store = ownedStore(createFolderStore(folder), world.pool);
    const longAgo = new Date(nowMs - 48 * 3_600_000);
    for (let n = 0; n < count; n++) {
      const content = (async function* () {
        yield Buffer.from(`content ${n}`);
      })();
      const { sha256 } = await store.put(content);
      await utimes(join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256), longAgo, longAgo);
      names.push(sha256);
    }
    return names.sort();
  }
  const blobRuns = () => runs("task = 'blobs'");
  const few = { RETENTION_RUN_ROWS: 2 };

  it("that has had its share is gone on with where it was, and the one after the last begins at the beginning", async () => {
    const names = await addOrphans(5);
    const looked: (string | undefined)[] = [];
    const store = ports().blobs;
    const list = (after?: string) => {
      looked.push(after);
      return store.list(after);
    };
    const blobs = { ...store, list };
    for (let n = 0; n < 3; n++, nowMs += 20_000) await turn({ blobs }, undefined, few);
    expect(looked).toEqual([undefined, names[1], names[3]]);
    expect(await blobRuns()).toMatchObject([
      { removed: { blobs: 2 }, done: false },
      { removed: { blobs: 2 }, done: false },
      { removed: { blobs: 1 }, done: true },
    ]);
    nowMs += config.RETENTION_SECONDS * 1_000;
    await turn({ blobs }, undefined, few);
    expect(looked.at(-1)).toBeUndefined();
  });

  it("that finds nothing has its share as well, of time; one that is asked for looks at all", async () => {
    const looked: (string | undefined)[] = [];
    const inUse = Array.from({ length: 1_500 }, (_, n) => n.toString(16).padStart(64, "0"));
    const blobs = {
      ...ports().blobs,
      list: async function* (after?: string) {
        looked.push(after);
        const putAt = new Date(nowMs);
        for (const sha256 of inUse.filter((name) => name > (after ?? ""))) {
          if (sha256.endsWith("f3")) await sleep(100); // of a store that is far away
          yield { sha256, sizeBytes: 1, putAt };
        }
      },
    };
    const short = { RETENTION_RUN_SECONDS: 0.1 };
    await turn({ blobs }, undefined, short);
    expect(await blobRuns()).toMatchObject([{ removed: {}, done: false }]);
    await ask("blobs");
    nowMs += 1_000;
    await turn({ blobs });
    expect(looked).toEqual([undefined, undefined]);
    expect((await blobRuns()).at(-1)).toMatchObject({ done: true });
    nowMs += config.RETENTION_SECONDS * 1_000;
    await turn({ blobs }, undefined, short);
    nowMs += 20_000;
    await turn({ blobs });
    expect(looked.slice(2)).toEqual([undefined, inUse[499]]);
  });
});
