import { createHash } from "node:crypto";
import { newSyncId } from "../events/identifiers.ts";
import type { AcceptedRequest } from "../events/sync-request.ts";
import type { Pool } from "../postgres/create-pool.ts";
import { forgetMessages } from "./forget-messages.ts";
import {
  type VerificationClaim,
  VerificationClaimLostError,
  type VerificationPorts,
  type VerifiedCounts,
} from "./verification.ts";

/**
 * Counts, and writes down the sync that repairs as a request that was accepted: all of it or nothing. A comparison without
 * a repair finds the same once more, and does not count as one more in a row.
 */
const finishSql = `
  with found as (
    select count(*) filter (where finding = 'missing') as missing,
      count(*) filter (where finding = 'extra') as extra, count(*) filter (where finding = 'changed') as changed
    from verification_messages where verification_id = $1
  ),
  finished as (
    update verifications v set status = 'completed', ended_at = now(), missing = found.missing,
      extra = found.extra, changed = found.changed, drifts_in_row = case
        when v.sync_id is not null or found.missing + found.extra + found.changed = 0 then 0
        else v.repair::integer + coalesce((
          select before.drifts_in_row from verifications before
          where before.account_id = v.account_id and before.status = 'completed' and before.sync_id is null
          order by before.ended_at desc limit 1), 0)
      end,
      stored = (select count(*) from messages m where m.account_id = v.account_id and m.deleted_at is null),
      repair_sync_id = case when v.repair and found.missing + found.extra + found.changed > 0 then $3 end
    from found
    where v.id = $1 and v.claim = $2 and v.status = 'running'
    returning v.tenant_id, v.account_id, v.repair_sync_id
  )
  insert into sync_requests (sync_id, tenant_id, account_id, body_hash, request)
  select repair_sync_id, tenant_id, account_id, $5, $4 from finished where repair_sync_id is not null`;

const countsSql = `
  select claim, status, listed::float8, stored::float8, missing::float8, extra::float8, changed::float8,
    repair_sync_id as "repairSyncId", drifts_in_row as "driftsInRow"
  from verifications where id = $1`;

/**
 * Ends a verification, once; after that it gives the same counts.
 *
 * @throws {VerificationClaimLostError}
 */
export async function finishVerification(pool: Pool, claim: VerificationClaim): Promise<VerifiedCounts> {
  const database = pool.of(claim.ref.tenantId);
  const request = repairRequest(claim, newSyncId(claim.ref));
  const bodyHash = createHash("sha256").update(claim.id).digest();
  const values = [claim.id, claim.claim, request.syncId, JSON.stringify(request), bodyHash];
  await database.query(finishSql, values);
  const { rows } = await database.query<VerifiedCounts & { status: string }>(countsSql, [claim.id]);
  const [row] = rows;
  if (row?.status !== "completed") throw new VerificationClaimLostError(claim.id);
  await forgetMessages(database, claim.id, "all_but_findings");
  const { listed, stored, missing, extra, changed, repairSyncId, driftsInRow } = row;
  return { listed, stored, missing, extra, changed, repairSyncId, driftsInRow };
}

const requestSql = "select request from sync_requests where sync_id = $1 and tenant_id = $2";

/** Asks for the sync that repairs, if there is one to ask for. */
export async function publishRepair(
  { pool, publishRequest }: VerificationPorts,
  { ref }: VerificationClaim,
  { repairSyncId }: VerifiedCounts,
): Promise<void> {
  if (repairSyncId === null) return;
  const { rows } = await pool
    .of(ref.tenantId)
    .query<{ request: AcceptedRequest }>(requestSql, [repairSyncId, ref.tenantId]);
  const [row] = rows;
  if (row !== undefined) await publishRequest(ref, row.request);
}

function repairRequest({ id, isScheduled }: VerificationClaim, syncId: string): AcceptedRequest {
  return {
    syncId,
    mode: "full",
    trigger: isScheduled ? "reconciler" : "api",
    requestedAt: new Date().toISOString(),
    repairOf: id,
  };
}
