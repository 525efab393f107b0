import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import type { FactOf } from "@millrace/shared/events/facts";
import { noAccount } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { retentionTask } from "./keep-retention.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionConfig } from "./retention-tasks.ts";

const hour = 3_600;
const config: RetentionConfig = {
  RETENTION_SECONDS: 6 * hour,
  RETENTION_SCHEDULES: { "audit-entries": hour },
  RETAIN_FINISHED_SYNCS_DAYS: 30,
  RETAIN_FAILED_SYNCS_DAYS: 7,
  RETAIN_DELETED_DAYS: 30,
  RETAIN_ORPHANS_HOURS: 24,
  RETAIN_AUDIT_DAYS: 365,
  RETAIN_WEBHOOKS_DAYS: 30,
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
const turn = (more: Partial<RetentionPorts> = {}, signal = new AbortController().signal) =>
  retentionTask(config, ports(more)).run(signal);

interface RunRow {
  readonly task: string;
  readonly state: string;
  readonly removed: Readonly<Record<string, number>>;
  readonly bytes: string;
  readonly failure: string | null;
}
const runs = async (where = "true"): Promise<RunRow[]> =>
  (
    await world.pool.query<RunRow>(
      `select task, state, removed, bytes, failure from retention_runs where ${where} order by requested_at, id`,
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

async function ask(task: string, more: { tenantId?: string; dryRun?: boolean } = {}): Promise<void> {
  await world.pool.query(
    `insert into retention_runs (id, task, tenant_id, dry_run, asked_by, state)
     values ('ret_' || gen_random_uuid(), $1, $2, $3, 'key_1', 'requested')`,
    [task, more.tenantId ?? null, more.dryRun ?? false],
  );
}

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
