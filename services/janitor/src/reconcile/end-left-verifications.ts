import type { AccountRef } from "@millrace/shared/events/subjects";
import { failVerification } from "@millrace/shared/verify/fail-verification";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const verificationsPerRun = 100;

/** A sync that was cancelled, or that listed anew after the log was lost, leaves the comparison that it was at. */
const leftSql = `
  select v.id, v.tenant_id as "tenantId", v.account_id as "accountId"
  from verifications v join syncs s on s.id = v.sync_id
  where v.status = 'running' and s.ended_at is not null
  limit $1`;

const failure = { category: "sync_ended", message: "The sync that it belonged to has ended without it." };

/** Ends verifications of syncs that are over, and removes what they had noted. @returns how many */
export async function endLeftVerifications(ports: Pick<ReconcilerPorts, "pool" | "log">): Promise<number> {
  const { rows } = await ports.pool.query<AccountRef & { id: string }>(leftSql, [verificationsPerRun]);
  let ended = 0;
  for (const { id, tenantId, accountId } of rows) {
    const done = await unlessItFails(ports, { "verification.id": id }, async () => {
      await failVerification(ports.pool, { tenantId, accountId }, id, failure);
      return true;
    });
    if (done === true) ended++;
  }
  return ended;
}
