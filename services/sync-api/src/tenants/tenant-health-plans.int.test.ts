import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { rowsRead } from "@millrace/shared/testing/rows-read";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tenantConditionSchema } from "../resources/tenant-health.ts";
import { listTenantsSql } from "./list-tenants.ts";

// An operator looks at all tenants again and again. What is read for that goes by what is wrong and what is under way, and not
// by how many mailboxes, syncs and requests there are.

let database: TestDatabase;
let pool: TestPool;

const [tenants, accounts, syncs] = [200, 20_000, 100_000];

/** How many tenants a look finds, of a page of 51; nothing is under way. */
const found: Readonly<Record<string, number>> = {
  all: 51,
  trouble: 51,
  failed: 51,
  dead_letters: 51,
  reconnect: 11,
};

/** A day on which each mailbox was synced five times, and one in a thousand failed. */
const fillSql = [
  `insert into tenants (id, name) select 't' || t, 'T' from generate_series(1, ${tenants}) t`,
  `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
   select 'a' || a, 't' || 1 + a % ${tenants}, 'gmail', 'p' || a || '@example.com', '' from generate_series(0, ${accounts} - 1) a`,
  `insert into account_states (account_id, tenant_id, status, epoch, seq)
   select 'a' || a, 't' || 1 + a % ${tenants}, case when a % 1999 = 0 then 'reauth_required' else 'connected' end, 1, a
   from generate_series(0, ${accounts} - 1) a`,
  `insert into syncs (id, tenant_id, account_id, status, failure, created_at, ended_at, epoch, seq)
   select 's' || s, 't' || 1 + s % ${tenants}, 'a' || s % ${accounts}, case when s % 997 = 0 then 'failed' else 'completed' end,
     case when s % 997 = 0 then '{"category": "unknown", "message": "no"}'::jsonb end,
     now() - s * interval '0.8 seconds', now() - s * interval '0.8 seconds', 1, s
   from generate_series(1, ${syncs}) s`,
  `insert into sync_requests (sync_id, tenant_id, account_id, body_hash, request, created_at)
   select id, tenant_id, account_id, '', '{}', created_at from syncs`,
  `insert into dead_letters (id, tenant_id, account_id, sync_id, chunk_index, ordinal, provider_id, scope, category, error, attempts,
     state, created_at, updated_at, epoch, seq)
   select 'd' || d, 't' || 1 + d % ${tenants}, 'a' || d % ${accounts}, 's' || d, 0, 0, 'm' || d, 'message', 'bad_item', 'no', 1,
     case when d % 499 = 0 then 'open' else 'resolved' end, now(), now(), 1, d
   from generate_series(1, ${syncs}) d`,
  "vacuum analyze",
];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "sync-api");
  for (const sql of fillSql) await pool.query(sql);
}, 120_000);
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

it.each(["all", ...tenantConditionSchema.options] as const)(
  "a page of tenants (%s) is told without reading what is well",
  async (having) => {
    const sql = listTenantsSql(having === "all" ? undefined : having);
    const { rows } = await pool.ofAll().query(sql, [null, 51]);
    expect(rows).toHaveLength(found[having] ?? 0);
    // A hundred requests and their syncs of each tenant that is looked at, 51 or all 200, are the most of it.
    const tenantsLookedAt = having === "waiting" ? tenants : rows.length;
    expect(await rowsRead(pool.ofAll(), sql, [null, 51])).toBeLessThan(tenantsLookedAt * 220 + tenants * 10);
  },
);
