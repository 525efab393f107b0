import type { AccountRef } from "../events/subjects.ts";
import type { Pool } from "../postgres/create-pool.ts";

const sql = `
  insert into verifications (id, tenant_id, account_id, repair, position, sync_id)
  select $1, tenant_id, id, false, '{"step":"begin"}', $4 from accounts where tenant_id = $2 and id = $3
  on conflict (id) do nothing`;

/** Writes down a verification that a sync runs and whose findings it takes in itself. Again is harmless. */
export async function beginForSync(
  pool: Pool,
  { tenantId, accountId }: AccountRef,
  verificationId: string,
  syncId: string,
): Promise<void> {
  await pool.query(sql, [verificationId, tenantId, accountId, syncId]);
}
