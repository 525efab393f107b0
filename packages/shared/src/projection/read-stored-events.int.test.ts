import { createTestDatabase } from "@millrace/infra/testing/test-database";
import { expect, it } from "vitest";
import { withClient } from "../postgres/with-client.ts";
import { createTestPool } from "../testing/create-test-pool.ts";
import { readStoredEvents } from "./read-stored-events.ts";

const events = 20_000;
const reads = 12;

const fillSql = `
  insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
  select 1, seq, 'e' || seq, 'acme', 'acc_1', 'chunk.fetched', 'test', now(), '{}'
  from generate_series(1, ${events}) as seq`;

const fetchedSql = `
  select pg_stat_force_next_flush(), (select idx_tup_fetch + seq_tup_read from pg_stat_user_tables
    where relname = 'events')::integer as rows`;

it("an audit trail that is read from one position to the next is read once", async () => {
  const database = await createTestDatabase();
  const pool = createTestPool(database.url, "sync-api", 1);
  await pool.query(fillSql);
  await pool.query("analyze events");
  await withClient(pool.owner, async (client) => {
    const fetched = async (): Promise<number> => {
      await client.query(fetchedSql);
      return (await client.query<{ rows: number }>(fetchedSql)).rows[0]?.rows ?? 0;
    };
    const before = await fetched();
    let position = { epoch: 1, seq: 0 };
    let read = 0;
    for (let i = 0; i < reads; i++) {
      const stored = await readStoredEvents(client, position);
      position = stored.last ?? position;
      read += stored.unreadable;
    }
    expect(read).toBe(position.seq);
    expect(await fetched()).toBeLessThan(before + 1.1 * read);
  });
  await pool.end();
  await database.drop();
});
