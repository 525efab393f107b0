import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { letterId } from "@millrace/shared/projection/project-letter";
import { retentionTaskNames } from "@millrace/shared/retention/retention-task-names";
import { insertSqlOf, rowFor } from "@millrace/shared/testing/fill-tables";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { RetentionScope } from "./retention-scope.ts";
import { retentionTasks, rowRules } from "./retention-tasks.ts";
import { partsOfSyncs } from "./syncs/remove-forgotten.ts";

// A hold stops all of it: whatever a task removes of an account, it removes of one that is not held alone.

let world: TestWorld;
let folder: string;
let held: AccountRef;
let other: AccountRef;
/** Which of the old things there were before retention ran are there after it. */
let left: ReadonlySet<string>;

const old = new Date("2020-01-01T00:00:00Z");
const now = new Date();
let salt = 1_000;

interface Kind {
  readonly table: string;
  /** What matters of the row, by account; what else a row needs is made up. */
  readonly row: (accountId: string) => Readonly<Record<string, unknown>>;
  /** Gone is also what is emptied. */
  readonly clears?: string;
}

const audit = (params: object, madeId: string | null = null) => ({ at: old, params, made_id: madeId });
const event = (accountId: string, id: string, syncId: string | null) => ({
  ...{ id: `${id}_${accountId}`, account_id: accountId, sync_id: syncId },
  ...{ type: "watch.renewed", happened_at: old, epoch: 0 },
});
const sync = (accountId: string, id: string, at: Date) => ({
  ...{
    id: `syn_${id}_${accountId}`,
    account_id: accountId,
    status: "completed",
    mode: "full",
    trigger: "api",
  },
  ...{ created_at: at, ended_at: at, epoch: 0 },
});
const verification = (accountId: string, id: string, syncId: string | null, at: Date) => ({
  ...{ id: `ver_${id}_${accountId}`, account_id: accountId, sync_id: syncId },
  ...{ status: "completed", requested_at: at, ended_at: at },
});
const letter = (accountId: string, syncId: string, ordinal: number) => ({
  ...{
    id: letterId(syncId, ordinal),
    account_id: accountId,
    sync_id: syncId,
    ordinal,
    provider_id: `m${ordinal}`,
  },
  ...{ state: "resolved", created_at: old, updated_at: old, epoch: 0 },
});

/** One old row of each kind that retention removes and that is of an account. */
const kinds: Readonly<Record<string, Kind>> = {
  messages: {
    table: "messages",
    row: (a) => ({
      account_id: a,
      provider_id: "m",
      id: `msg_old_${a}`,
      deleted_at: old,
      deleted_why: "deleted",
    }),
  },
  syncs: { table: "syncs", row: (a) => sync(a, "old", old) },
  "facts of syncs": { table: "events", row: (a) => event(a, "e", `syn_old_${a}`) },
  "chunks of syncs": { table: "chunks", row: (a) => ({ account_id: a, sync_id: `syn_old_${a}` }) },
  "claims of syncs": { table: "claims", row: (a) => ({ account_id: a, sync_id: `syn_old_${a}` }) },
  "requests of syncs": {
    table: "sync_requests",
    row: (a) => ({ account_id: a, sync_id: `syn_old_${a}`, created_at: old }),
  },
  "letters of syncs": { table: "dead_letters", row: (a) => letter(a, `syn_old_${a}`, 0) },
  "verifications of syncs": {
    table: "verifications",
    row: (a) => verification(a, "sync", `syn_old_${a}`, old),
  },
  "what is left of a forgotten sync": {
    table: "sync_removals",
    row: (a) => ({ account_id: a, sync_id: `syn_begun_${a}`, event_id: `told_${a}`, begun_at: old }),
  },
  "facts of a forgotten sync": { table: "events", row: (a) => event(a, "begun", `syn_begun_${a}`) },
  letters: { table: "dead_letters", row: (a) => letter(a, `syn_new_${a}`, 1) },
  "contents of letters": {
    table: "dead_letter_contents",
    row: (a) => ({ account_id: a, provider_id: "lost", kept_at: old }),
  },
  tombstones: { table: "tombstones", row: (a) => ({ account_id: a, provider_id: "t", buried_at: old }) },
  labels: {
    table: "removed_labels",
    row: (a) => ({ account_id: a, id: "l", removed_at: old, relieved_at: now }),
  },
  requests: {
    table: "sync_requests",
    row: (a) => ({ account_id: a, sync_id: `syn_none_${a}`, created_at: old }),
  },
  "idempotency keys": {
    table: "sync_requests",
    row: (a) => ({ account_id: a, sync_id: `syn_new_${a}`, created_at: old, idempotency_key: `key ${a}` }),
    clears: "idempotency_key",
  },
  verifications: { table: "verifications", row: (a) => verification(a, "old", null, old) },
  notes: { table: "events", row: (a) => event(a, "note", null) },
  "notes of how it stood": {
    table: "events",
    row: (a) => ({ ...event(a, "stood", null), fact: { course: { status: "connected" } }, happened_at: old }),
  },
  deliveries: {
    table: "webhook_deliveries",
    row: (a) => ({ account_id: a, id: `whm_${a}`, created_at: old }),
  },
  "links that connect it again": {
    table: "connect_links",
    row: (a) => ({ id: `lnk_again_${a}`, target_account_id: a, expires_at: old }),
  },
  "links that have connected it": {
    table: "connect_links",
    row: (a) => ({ id: `lnk_made_${a}`, account_id: a, connected_at: old, expires_at: old }),
  },
  "tokens for a sync": {
    table: "browser_tokens",
    row: (a) => ({ id: `brt_${a}`, sync_id: `syn_new_${a}`, expires_at: old }),
  },
  "audit of the account": { table: "audit_entries", row: (a) => audit({ id: a }) },
  "audit of making it": { table: "audit_entries", row: (a) => audit({}, a) },
  "audit of a sync": { table: "audit_entries", row: (a) => audit({ id: `syn_new_${a}` }) },
  "audit of making a sync": { table: "audit_entries", row: (a) => audit({}, `syn_old_${a}`) },
  "audit of a request": { table: "audit_entries", row: (a) => audit({}, `syn_none_${a}`) },
  "audit of a letter": { table: "audit_entries", row: (a) => audit({ id: letterId(`syn_new_${a}`, 1) }) },
  "audit of a verification": { table: "audit_entries", row: (a) => audit({}, `ver_new_${a}`) },
  "audit of a message": { table: "audit_entries", row: (a) => audit({ id: `msg_old_${a}`, aid: "1" }) },
  "audit of a link to it": { table: "audit_entries", row: (a) => audit({}, `lnk_again_${a}`) },
  "audit of a link that made it": { table: "audit_entries", row: (a) => audit({ any: `lnk_made_${a}` }) },
};

/** What stands beside them, so that those are due, and stays. */
const beside: readonly Kind[] = [
  { table: "syncs", row: (a) => sync(a, "new", now) },
  {
    table: "account_states",
    row: (a) => ({
      account_id: a,
      status: "connected",
      last_sync_id: `syn_new_${a}`,
      epoch: 0,
      seq: 900_000,
    }),
  },
  { table: "verifications", row: (a) => verification(a, "new", null, now) },
  {
    table: "events",
    row: (a) => ({ ...event(a, "told", null), id: `told_${a}`, type: "syncs.forgotten", happened_at: now }),
  },
];

/** Tables with an account's column of which retention removes nothing, or nothing that can be held, and why. */
const others: Readonly<Record<string, string>> = {
  account_states: "goes once the account is gone, and one that is held cannot be removed",
  account_removals: "one that is held cannot be removed",
  account_removal_blobs: "one that is held cannot be removed",
  access_tokens: "goes with the account",
  schedules: "goes with the account",
  watches: "goes with the account",
  mailbox_baselines: "goes with the account",
  verification_turns: "says when an account has its turn; none is made for one that is away",
  tenant_lines: "a seat for as long as a sync needs it",
  labels: "the mailbox's own",
  message_contents: "goes with the message",
  attachments: "goes with the message",
  repairs: "goes when the account was looked through",
};

/** Texts of a row by which it is found again. */
const textsOf = (values: Readonly<Record<string, unknown>>): [string, string][] =>
  Object.entries(values).flatMap(([column, value]): [string, string][] =>
    typeof value === "string" && value !== "" && value !== "{}" ? [[column, value]] : [],
  );

beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "millrace-holds-"));
  [held, other] = [await world.addAccount(), await world.addAccount()];
  // What the projection has heard of just now: what is older than that is told of no more.
  const renewed = { watermark: "1", expiresAt: now.toISOString(), hadGap: false };
  await world.append(other, { type: "watch.renewed", ...renewed });
  await world.project();
  const rows = await addRows();
  await world.pool.query("update accounts set held_at = now() where id = $1", [held.accountId]);
  const { signal } = new AbortController();
  const ports = {
    ...world.ports,
    blobs: ownedStore(createFolderStore(folder), world.pool),
    sleep: () => world.project(),
  };
  for (const name of retentionTaskNames) {
    const scope = new RetentionScope({ now, tenantId: null, isDryRun: false, signal });
    await retentionTasks(usualRetention)[name](ports, scope);
    await world.project();
  }
  left = await readLeft(rows);
}, 60_000);
afterAll(async () => {
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
});

type OldRow = Kind & { readonly mark: string; readonly values: Readonly<Record<string, unknown>> };

async function addRows(): Promise<OldRow[]> {
  const added: OldRow[] = [];
  const client = await world.pool.owner.connect();
  await client.query("set session_replication_role = replica"); // without foreign keys
  const add = async ({ table, row }: Kind, accountId: string) => {
    const values = { ...(await rowFor(world.pool.owner, table, "acme", salt++)), ...row(accountId) };
    await client.query(insertSqlOf(table, values), Object.values(values));
    return values;
  };
  for (const { accountId } of [held, other]) {
    for (const [kind, what] of Object.entries(kinds))
      added.push({ ...what, mark: `${kind} ${accountId}`, values: await add(what, accountId) });
    for (const what of beside) await add(what, accountId);
  }
  client.release(true);
  return added;
}

async function readLeft(rows: readonly OldRow[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { table, values, clears, mark } of rows) {
    const texts = textsOf(values);
    const where = texts.map(([column], n) => `${column}::text = $${n + 1}`).join(" and ");
    const { rowCount } = await world.pool.query(
      `select from ${table} where ${where} ${clears === undefined ? "" : `and ${clears} is not null`}`,
      texts.map(([, value]) => value),
    );
    if (rowCount === 1) found.add(mark);
  }
  return found;
}

it.each(Object.keys(kinds))("%s: those of an account that is held stay, another's go", (kind) => {
  expect([left.has(`${kind} ${held.accountId}`), left.has(`${kind} ${other.accountId}`)]).toEqual([
    true,
    false,
  ]);
});

it("every table with an account of its own is looked at here, or it is said why nothing of it goes", async () => {
  const { rows } = await world.pool.query<{ name: string; column: string }>(`
    select c.relname as name, a.attname as "column" from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.attname like '%account\\_id' and not a.attisdropped`);
  const looked = new Map<string, Set<string>>();
  for (const { table, row } of Object.values(kinds))
    looked.set(table, new Set([...(looked.get(table) ?? []), ...Object.keys(row("a"))]));
  const missing = rows.filter(({ name, column }) => !(name in others) && !looked.get(name)?.has(column));
  expect(missing).toEqual([]);
  expect(Object.keys(others).filter((name) => !rows.some((row) => row.name === name))).toEqual([]);
});

it("whatever a rule looks after is looked at here, and one over a table with accounts names them", () => {
  const rules = Object.values(rowRules(usualRetention)).flat();
  expect([...rules, ...partsOfSyncs].filter(({ table }) => table in others)).toEqual([]);
  const looked = new Set(Object.values(kinds).map(({ table }) => table));
  const unlooked = rules.filter(({ table }) => !looked.has(table)).map(({ table }) => table);
  expect(new Set(unlooked)).toEqual(new Set(["retention_runs", "retention_run_tenants"])); // of tenants, or nobody
  const nobodys = rules.filter(({ account, accounts }) => account === undefined && accounts === undefined);
  expect(new Set(nobodys.map(({ table }) => table))).toEqual(new Set(unlooked));
});
