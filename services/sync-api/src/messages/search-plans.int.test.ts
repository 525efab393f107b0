import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { rowsRead } from "@millrace/shared/testing/rows-read";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findMailboxSql } from "../accounts/insert-account.ts";
import { getSyncSql } from "../syncs/get-sync.ts";
import { notifiedSql } from "../webhooks/find-notified-accounts.ts";
import { pageSql } from "./list-messages.ts";

// Row security is a barrier below which some indexes are not used. What relies on one is to read no more than its owner does.

let database: TestDatabase;
let pool: TestPool;

const fillSql = [
  "insert into tenants (id, name) select 't' || t, 'T' from generate_series(1, 20) t",
  `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
   select 'a' || a, 't' || 1 + a % 20, 'gmail', 'person' || a || '@example.com', '' from generate_series(1, 4000) a`,
  `insert into messages (account_id, provider_id, tenant_id, id, label_ids, received_at, size_bytes, snippet, reference_ids,
     headers, addresses, content, defects, search, sync_id)
   select 'a' || 1 + m % 40, 'm' || m, 't' || 1 + (1 + m % 40) % 20, 'id' || m,
     case when m % 5000 = 0 then '{INBOX,Label_1}'::text[] else '{INBOX}' end, now() - m * interval '1 minute', 1, '', '{}',
     '[]', '{}', 'full', '{}', to_tsvector('simple', case when m % 5000 = 0 then 'rare word' else 'word' end), 's'
   from generate_series(1, 40000) m`,
  `insert into syncs (id, tenant_id, account_id, status, created_at, epoch, seq)
   select 's' || s, 't' || 1 + s % 20, 'a' || 1 + s % 4000, 'completed', now(), 1, s from generate_series(1, 20000) s`,
  "vacuum analyze",
];

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "sync-api");
  for (const sql of fillSql) await pool.query(sql);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const page = (more: Readonly<Record<number, unknown>>): unknown[] => {
  const values = ["t2", "a1", null, null, null, null, 51, null, null, false, null];
  return values.map((value, i) => more[i + 1] ?? value);
};

it.each([
  ["words in a mailbox", pageSql, page({ 4: "rare" })],
  ["a label of a mailbox", pageSql, page({ 3: "Label_1" })],
  ["a page of a mailbox", pageSql, page({})],
  ["messages by the provider's ids", pageSql, page({ 11: ["m40", "m80"] })],
  ["a sync", getSyncSql, ["t2", "s1"]],
  ["the account of a mailbox", findMailboxSql, ["t2", "gmail", "PERSON1@example.com"]],
])("%s is found with what the owner would read", async (_what, sql, values) => {
  const asOwner = await rowsRead({ connect: () => pool.owner.connect(), beginSql: "begin" }, sql, values);
  const asService = await rowsRead(pool.of("t2"), sql, values);
  expect(asService).toBeLessThanOrEqual(asOwner + 5);
  expect(asOwner).toBeLessThan(5_000);
});

it("accounts that were notified of, of all tenants, are found with what the owner would read", async () => {
  const values = ["person7@example.com", new Date()];
  const asOwner = await rowsRead(
    { connect: () => pool.owner.connect(), beginSql: "begin" },
    notifiedSql,
    values,
  );
  expect(await rowsRead(pool.ofAll(), notifiedSql, values)).toBeLessThanOrEqual(asOwner + 5);
  expect((await pool.ofAll().query(notifiedSql, values)).rows).toMatchObject([{ accountId: "a7" }]);
});
