import pg from "pg";
import type { DemoWorld } from "./demo-world.ts";

/** What the projector would have written of a bad day. */
const statements = [
  "insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ('acc_globex', 'globex', 'gmail', 'ida@globex.example', '')",
  "insert into account_states (account_id, tenant_id, status, epoch, seq) values ('acc_globex', 'globex', 'reauth_required', 1, 1)",
  `insert into syncs (id, tenant_id, account_id, status, failure, created_at, ended_at, epoch, seq)
   select 'syn_globex' || n, 'globex', 'acc_globex', 'failed', '{"category": "unknown", "message": "no"}', now(), now(), 1, n
   from generate_series(1, 3) n`,
  `insert into dead_letters (id, tenant_id, account_id, sync_id, chunk_index, ordinal, provider_id, scope, category, error, attempts,
     state, created_at, updated_at, epoch, seq)
   select 'dl_globex' || n, 'globex', 'acc_globex', 'syn_globex1', 0, n, 'm' || n, 'message', 'bad_item', 'no', 1, 'open', now(), now(), 1, n
   from generate_series(1, 2) n`,
];

/** A tenant, `globex`, three of whose syncs failed, with two dead letters and a mailbox to be connected again. */
export async function addTroubledTenant({
  url,
  operatorKey,
  millrace: { databaseUrl },
}: DemoWorld): Promise<void> {
  await fetch(`${url}/v1/tenants`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" },
    body: JSON.stringify({ id: "globex", name: "Globex" }),
  });
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    for (const sql of statements) await database.query(sql);
  } finally {
    await database.end();
  }
}
