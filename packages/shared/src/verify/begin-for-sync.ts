import type { AccountRef } from "../events/subjects.ts";
import type { Pool } from "../postgres/create-pool.ts";

const sql = `
  insert into verifications (id, tenant_id, account_id, repair, position, sync_id)
  select $1, tenant_id, id, false, '{"step":"begin"}', $4 from accounts where tenant_id = $2 and id = $3
  on conflict (id) do update set status = 'running', position = excluded.position, requested_at = now(),
    ended_at = null, failure = null
    where verifications.status = 'failed' and verifications.sync_id = excluded.sync_id`;

/**
 * Writes down a verification that a sync runs and whose findings it takes in itself. Again is harmless; one that was ended
 * because its sync seemed to be over begins anew.
 */
export async function beginForSync(
  pool: Pool,
  { tenantId, accountId }: AccountRef,
  verificationId: string,
  syncId: string,
): Promise<void> {
  await pool.of(tenantId).query(sql, [verificationId, tenantId, accountId, syncId]);
}
