import type { AccountRef } from "@millrace/shared/events/subjects";
import { failVerification } from "@millrace/shared/verify/fail-verification";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const verificationsPerRun = 100;

/**
 * A sync that was cancelled, or that listed anew after the log was lost, leaves the comparison that it was at; so does one
 * that only a lost log knew. Were that one to go on, it would begin again.
 */
const leftSql = `
  select v.id, v.tenant_id as "tenantId", v.account_id as "accountId"
  from verifications v left join syncs s on s.id = v.sync_id
  where v.status = 'running' and v.sync_id is not null
    and (s.ended_at is not null or (s.id is null and v.requested_at < now() - make_interval(secs => $2)))
  limit $1`;

/** Times that a sync may stand idle: the views know of every sync by then. */
const unknownFactor = 10;

const failure = { category: "sync_ended", message: "The sync that it belonged to has ended without it." };

/** Ends verifications of syncs that are over, and removes what they had noted. @returns how many */
export async function endLeftVerifications(
  ports: Pick<ReconcilerPorts, "pool" | "log" | "idleSeconds">,
): Promise<number> {
  const values = [verificationsPerRun, unknownFactor * ports.idleSeconds];
  const { rows } = await ports.pool.ofAll().query<AccountRef & { id: string }>(leftSql, values);
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
