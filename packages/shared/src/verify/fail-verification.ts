import type { AccountRef } from "../events/subjects.ts";
import type { Pool } from "../postgres/create-pool.ts";
import { forgetMessages } from "./forget-messages.ts";

const failSql = `
  update verifications set status = 'failed', ended_at = now(), failure = $4
  where id = $1 and tenant_id = $2 and account_id = $3 and status = 'running'`;

/** Ends a verification that cannot be carried out, with the reason. One that has ended stays as it is. */
export async function failVerification(
  pool: Pool,
  ref: AccountRef,
  verificationId: string,
  failure: { readonly category: string; readonly message: string },
): Promise<void> {
  const values = [verificationId, ref.tenantId, ref.accountId, JSON.stringify(failure)];
  const { rowCount } = await pool.of(ref.tenantId).query(failSql, values);
  if (rowCount === 1) await forgetMessages(pool.of(ref.tenantId), verificationId, "all");
}
