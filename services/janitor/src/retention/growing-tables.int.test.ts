import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { rebuildViews } from "@millrace/shared/projection/rebuild-views";
import { givenCourse } from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { RetentionScope } from "./retention-scope.ts";
import { retentionTasks } from "./retention-tasks.ts";

const tasks = retentionTasks(usualRetention);

let world: TestWorld;
let ref: AccountRef;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  ref = await world.addAccount();
  await world.pool.query("truncate api_keys, browser_tokens, sync_requests, verifications cascade");
  await world.pool.query("update tenants set retention = '{}'");
});

async function run(task: keyof typeof tasks, more: { tenantId?: string; isDryRun?: boolean } = {}) {
  const signal = new AbortController().signal;
  const scope = new RetentionScope({ now: new Date(), tenantId: null, isDryRun: false, signal, ...more });
  await tasks[task]({ ...world.ports, blobs: undefined as never }, scope);
  return Object.fromEntries([...scope.removedByTenant()].map(([tenant, { counts }]) => [tenant, counts]));
}
const idsOf = async (table: string, id = "id") =>
  (await world.pool.query<{ id: string }>(`select ${id} as id from ${table} order by 1`)).rows.map(
    (row) => row.id,
  );

/** @param endedDays ago; null: it has no end */
const addKey = (id: string, endedDays: number | null, how = "revoked_at", tenantId = "acme") =>
  world.pool.query(
    `insert into api_keys (id, tenant_id, name, key_hash, scopes, ${how})
     values ($1, $2, $1, $1::text::bytea, '{read}', now() - make_interval(days => $3))`,
    [id, tenantId, endedDays],
  );

it("tokens for browsers go a day after their end, those of one tenant if it says so; a dry run counts them", async () => {
  await world.pool.query("insert into tenants (id, name) values ('beta', 'Beta') on conflict do nothing");
  await addKey("k", null);
  await addKey("b", null, "revoked_at", "beta");
  const add = (id: string, hours: number, key = "k", tenantId = "acme") =>
    world.pool.query(
      `insert into browser_tokens (id, tenant_id, key_id, token_hash, expires_at)
       values ($1, $2, $3, $1::text::bytea, now() - make_interval(hours => $4))`,
      [id, tenantId, key, hours],
    );
  await add("ended", 25);
  await add("just", 23);
  await add("alive", -1);
  for (let i = 0; i < 1_001; i++) await add(`beta${i}`, 48, "b", "beta");
  const all = { acme: { browserTokens: 1 }, beta: { browserTokens: 1_001 } };
  expect(await run("browser-tokens", { isDryRun: true })).toEqual(all);
  expect(await run("browser-tokens", { tenantId: "acme" })).toEqual({ acme: { browserTokens: 1 } });
  expect(await run("browser-tokens")).toEqual({ beta: { browserTokens: 1_001 } });
  expect(await idsOf("browser_tokens")).toEqual(["alive", "just"]);
});

it("keys go when the audit trail, which names them, does not reach back to their end; with the tenant's own period", async () => {
  await addKey("alive", null);
  await addKey("later", -10, "expires_at");
  await addKey("revoked", 364);
  await addKey("old", 366);
  await addKey("expired", 366, "expires_at");
  expect(await run("api-keys", { isDryRun: true })).toEqual({ acme: { apiKeys: 2 } });
  expect(await run("api-keys")).toEqual({ acme: { apiKeys: 2 } });
  expect(await idsOf("api_keys")).toEqual(["alive", "later", "revoked"]);
  await world.pool.query(`update tenants set retention = '{"auditDays": 100}' where id = 'acme'`);
  expect(await run("api-keys")).toEqual({ acme: { apiKeys: 1 } });
  expect(await idsOf("api_keys")).toEqual(["alive", "later"]);
});

it("an idempotency key is forgotten in its time, and the request that it named stays", async () => {
  const add = (key: string, days: number) =>
    world.pool.query(
      `insert into sync_requests (sync_id, tenant_id, account_id, idempotency_key, body_hash, request, created_at)
       values ($1, $2, $3, $4, '', '{}', now() - make_interval(days => $5))`,
      [newId("syn"), ref.tenantId, ref.accountId, key, days],
    );
  await add("old", 31);
  await add("young", 29);
  expect(await run("idempotency-keys", { isDryRun: true })).toEqual({ acme: { idempotencyKeys: 1 } });
  await world.pool.query("update accounts set held_at = now() where id = $1", [ref.accountId]);
  expect(await run("idempotency-keys")).toEqual({});
  await world.pool.query("update accounts set held_at = null");
  expect(await run("idempotency-keys")).toEqual({ acme: { idempotencyKeys: 1 } });
  expect(await idsOf("sync_requests", "idempotency_key")).toEqual(["young", null]);
  expect(await run("idempotency-keys")).toEqual({});
  await add("old", 0); // it may name another one now
});

it("verifications go 90 days after their end, with their findings", async () => {
  const add = (id: string, ended: string | null) =>
    world.pool.query(
      `insert into verifications (id, tenant_id, account_id, repair, position, status, requested_at, ended_at)
       values ($1, $2, $3, false, '{}', $4, now() - interval '1 year', now() - $5::interval)`,
      [id, ref.tenantId, ref.accountId, ended === null ? "running" : "completed", ended],
    );
  await add("old", "91 days");
  await add("young", "89 days");
  await add("running", null);
  await world.pool.query(
    "insert into verification_messages (verification_id, provider_id, tenant_id) values ('old', 'm', $1)",
    [ref.tenantId],
  );
  expect(await run("verifications")).toEqual({ acme: { verifications: 1 } });
  expect(await idsOf("verifications")).toEqual(["running", "young"]);
  expect(await idsOf("verification_messages", "provider_id")).toEqual([]);
});

it("what remains of a removed account goes with the audit trail, fact and row at once, and not while anything may bring it back", async () => {
  const removed = async (days: number): Promise<string> => {
    const { accountId } = ref;
    const id = `${accountId}-${days}`;
    const at = new Date(Date.now() - days * 86_400_000).toISOString();
    const removal = { requestedAt: at, requestId: "req_1", removedAt: at };
    await world.append({ tenantId: "acme", accountId: id }, {
      type: "account.removed",
      requestedAt: at,
      requestId: "req_1",
      watch: "none",
      grant: "none",
      messages: 0,
      attachments: 0,
      blobs: 0,
      events: 0,
      course: givenCourse({ removal }),
    } as never);
    await world.project();
    return id;
  };
  await removed(366);
  const young = await removed(364);
  expect(await run("removed-accounts", { isDryRun: true })).toEqual({ acme: { removedAccounts: 1 } });
  expect(await run("removed-accounts")).toEqual({ acme: { removedAccounts: 1 } });
  expect(await idsOf("account_states", "account_id")).toEqual([young]);
  expect(await idsOf("events", "account_id")).toEqual([young]);
  expect(await rebuildViews(world.pool.owner, { check: true })).toMatchObject({ differences: 0 });
  await world.pool.query(`update tenants set retention = '{"auditDays": 1}' where id = 'acme'`);
  const recent = await removed(39);
  expect(await run("removed-accounts")).toEqual({ acme: { removedAccounts: 1 } });
  expect(await idsOf("account_states", "account_id")).toEqual([recent]);
});
