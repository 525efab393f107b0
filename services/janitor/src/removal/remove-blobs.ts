import type { AccountRef } from "@millrace/shared/events/subjects";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { claimSeconds } from "./claim-removals.ts";
import type { RemovalPorts } from "./removal-ports.ts";

const blobsPerRead = 100;

const pendingSql = `
  select sha256, exists (select from attachments a where a.sha256 = p.sha256) as "isNamed"
  from account_removal_blobs p
  where p.tenant_id = $1 and p.account_id = $2 and p.sha256 > $3
  order by p.sha256 limit ${blobsPerRead}`;

/** Counted with the row: a blob that was removed just before a death counts as none, and not as two. */
const settleSql = `
  with settled as (
    delete from account_removal_blobs where tenant_id = $1 and account_id = $2 and sha256 = $3 returning 1
  )
  update account_removals set blobs = blobs + (select count(*) from settled) * $4::integer,
    due_at = now() + make_interval(secs => ${claimSeconds})
  where tenant_id = $1 and account_id = $2`;

/**
 * Step "blobs": removes contents that were the account's alone. A content is there once, whoever has it, so what a row of
 * another account names stays; what was put just now may get such a row in a moment, and is looked at again later.
 *
 * @returns how many have to wait
 * @throws {BlobStoreAwayError}
 */
export async function removeBlobs(
  {
    pool,
    blobs,
    nowMs,
    blobGraceSeconds,
  }: Pick<RemovalPorts, "pool" | "blobs" | "nowMs" | "blobGraceSeconds">,
  { tenantId, accountId }: AccountRef,
  signal: AbortSignal,
): Promise<number> {
  const owner = [tenantId, accountId];
  let young = 0;
  for (let after = ""; ; ) {
    const pending = await readPending(pool, [...owner, after]);
    for (const { sha256, isNamed } of pending) {
      signal.throwIfAborted();
      after = sha256;
      const isRemoved =
        !isNamed && (await blobs.delete(sha256, new Date(nowMs() - blobGraceSeconds * 1_000)));
      if (!isNamed && !isRemoved && (await blobs.has(sha256)) !== null) young++;
      else await pool.of(tenantId).query(settleSql, [...owner, sha256, isRemoved ? 1 : 0]);
    }
    if (pending.length < blobsPerRead) return young;
  }
}

async function readPending(pool: SweepingPool, values: readonly unknown[]) {
  const { rows } = await pool.ofAll().query<{ sha256: string; isNamed: boolean }>(pendingSql, [...values]);
  return rows;
}
