import { newId } from "@millrace/shared/events/identifiers";
import { progressChannel } from "@millrace/shared/projection/apply-batch";
import type { TestPool } from "@millrace/shared/testing/create-test-pool";

/** Rows as the services would write them, so that the API is tested without them. */

export type Columns = Readonly<Record<string, unknown>>;

/** Inserts one row; columns that are objects travel as JSON, arrays as arrays. */
export async function insertRow(pool: TestPool, table: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  const values = Object.values(columns).map((value) =>
    value !== null &&
    typeof value === "object" &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
      ? JSON.stringify(value)
      : value,
  );
  const places = names.map((_, i) => `$${i + 1}`);
  await pool.query(`insert into ${table} (${names.join(", ")}) values (${places.join(", ")})`, values);
}

export async function addAccount(pool: TestPool, tenantId: string, columns: Columns = {}): Promise<string> {
  const id = newId("acc");
  await insertRow(pool, "accounts", {
    id,
    tenant_id: tenantId,
    provider: "gmail",
    email: `${id}@example.com`,
    sealed_credentials: "sealed",
    ...columns,
  });
  return id;
}

/** A sync that is being forgotten: the log says so, and what is left of it goes in pieces. */
export const addRemoval = (
  pool: TestPool,
  { tenantId, accountId }: { readonly tenantId: string; readonly accountId: string },
  syncId: string,
): Promise<void> =>
  insertRow(pool, "sync_removals", {
    sync_id: syncId,
    tenant_id: tenantId,
    account_id: accountId,
    event_id: `${accountId}.forgotten`,
  });

export async function addSync(
  pool: TestPool,
  owner: { readonly tenantId: string; readonly accountId: string },
  columns: Columns = {},
): Promise<string> {
  const id = newId("syn");
  await insertRow(pool, "syncs", {
    id,
    tenant_id: owner.tenantId,
    account_id: owner.accountId,
    status: "running",
    requested_mode: "auto",
    mode: "full",
    trigger: "api",
    chunk_size: 100,
    window_chunks: 8,
    content: "full",
    created_at: new Date(),
    requested_at: new Date(),
    started_at: new Date(),
    epoch: 1,
    seq: 1,
    ...columns,
  });
  return id;
}

/** Changes syncs and tells it, in one transaction, as the projector does. */
export async function changeSyncs(
  pool: TestPool,
  tenantId: string,
  changes: readonly (Columns & { readonly id: string })[],
): Promise<void> {
  const client = await pool.owner.connect();
  try {
    await client.query("begin");
    for (const { id, ...columns } of changes) {
      const sets = Object.keys(columns).map((name, i) => `${name} = $${i + 2}`);
      await client.query(`update syncs set ${sets.join(", ")} where id = $1`, [
        id,
        ...Object.values(columns),
      ]);
    }
    const syncs = changes.map(({ id }) => [tenantId, id]);
    await client.query("select pg_notify($1, $2)", [
      progressChannel,
      JSON.stringify({ epoch: 1, seq: 1, syncs }),
    ]);
    await client.query("commit");
  } finally {
    client.release();
  }
}

export async function addMessage(
  pool: TestPool,
  owner: { readonly tenantId: string; readonly accountId: string },
  columns: Columns = {},
): Promise<string> {
  const id = newId("acc").replace("acc_", "msg_");
  await insertRow(pool, "messages", {
    account_id: owner.accountId,
    provider_id: id.slice(4),
    tenant_id: owner.tenantId,
    id,
    thread_id: "thread1",
    label_ids: [],
    received_at: new Date(),
    size_bytes: 1234,
    snippet: "a snippet",
    subject: "a subject",
    reference_ids: [],
    headers: JSON.stringify([["Subject", "a subject"]]),
    addresses: { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [] },
    content: "full",
    defects: [],
    search: "",
    sync_id: "syn_x",
    ...columns,
  });
  return id;
}
