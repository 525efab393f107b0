import type { SweepingPool } from "@millrace/shared/postgres/create-pool";
import { limitedPool } from "../limited-pool.ts";
import { removeInPieces } from "../remove-in-pieces.ts";
import { removeNoted } from "../remove-noted.ts";
import type { RetentionScope } from "../retention-scope.ts";
import { lockHolds } from "../while-unheld.ts";

/** What one statement removes: its locks are held for moments. */
const rowsMax = 2_000;
const syncsMax = 500;
/** Syncs of a tenant that one statement is about. */
const syncsTogether = 50;

interface ForgottenSync {
  readonly syncId: string;
  readonly tenantId: string;
  readonly accountId: string;
}

/**
 * The projection has heard of it, and shows it no more: nothing else takes away a sync of which there is a note. By which fact
 * does not matter: one that the broker did not take is followed by another one, with other syncs. What is left of one whose
 * account is held stays until it is not.
 */
const readySql = `
  select r.sync_id as "syncId", r.tenant_id as "tenantId", r.account_id as "accountId"
  from sync_removals r
  where not exists (select from syncs s where s.id = r.sync_id)
    and not exists (select from accounts a where a.id = r.account_id and a.held_at is not null)
  order by r.begun_at, r.sync_id
  limit ${syncsMax}`;

const ofSyncs = "account_id = any($3) and sync_id = any($2)";

/** In this order: whatever finds a sync by one of them finds it to the last. */
export const partsOfSyncs: readonly {
  readonly kind: string;
  readonly table: string;
  readonly where: string;
}[] = [
  { kind: "chunks", table: "chunks", where: ofSyncs },
  {
    kind: "letters",
    table: "dead_letter_contents",
    // The same message may have been set aside by another sync as well.
    where: `(account_id, provider_id) in (
        select account_id, provider_id from dead_letters where tenant_id = $1 and ${ofSyncs})
      and not exists (
        select from dead_letters l
        where l.tenant_id = $1 and l.account_id = dead_letter_contents.account_id
          and l.provider_id = dead_letter_contents.provider_id and l.sync_id <> all($2))`,
  },
  { kind: "letters", table: "dead_letters", where: ofSyncs },
  {
    kind: "verifications",
    table: "verification_messages",
    where: `verification_id in (select id from verifications where tenant_id = $1 and ${ofSyncs})`,
  },
  { kind: "verifications", table: "verifications", where: ofSyncs },
  { kind: "claims", table: "claims", where: ofSyncs },
  { kind: "requests", table: "sync_requests", where: ofSyncs },
  { kind: "events", table: "events", where: ofSyncs },
];

const doneSql = "delete from sync_removals where tenant_id = $1 and sync_id = any($2)";

/**
 * Removes what is left of syncs that the projection has forgotten, in pieces, and counts it: those of a tenant together,
 * because of most there are a few rows. One that the run's end cuts off is gone on with by the next run.
 *
 * @returns the syncs of which nothing is left
 */
export async function removeForgotten(pool: SweepingPool, scope: RetentionScope): Promise<string[]> {
  const removed: string[] = [];
  for (;;) {
    const { rows } = await pool.ofAll().query<ForgottenSync>(readySql);
    for (const [tenantId, syncs] of Map.groupBy(rows, (sync) => sync.tenantId))
      for (let at = 0; at < syncs.length; at += syncsTogether) {
        const together = syncs.slice(at, at + syncsTogether);
        if (!(await removeTogether(pool, tenantId, together, scope))) return removed;
        removed.push(...together.map(({ syncId }) => syncId));
      }
    if (rows.length < syncsMax) return removed;
  }
}

/** @returns whether all of it is gone */
async function removeTogether(
  pool: SweepingPool,
  tenantId: string,
  syncs: readonly ForgottenSync[],
  scope: RetentionScope,
): Promise<boolean> {
  const database = limitedPool(pool).of(tenantId);
  let isHeld = false;
  const syncIds = syncs.map(({ syncId }) => syncId);
  const accountIds = [...new Set(syncs.map(({ accountId }) => accountId))];
  for (const { kind, table, where } of partsOfSyncs) {
    await removeInPieces(scope, rowsMax, async (max) => {
      const some = `select ctid from ${table} where tenant_id = $1 and ${where} limit ${max}`;
      const sql = `delete from ${table} where ctid = any(array(${some}))`;
      return removeNoted(database, scope, kind, async (client) => {
        isHeld = (await lockHolds(client, tenantId, accountIds)).size > 0;
        if (isHeld) return [];
        const { rowCount } = await client.query(sql, [tenantId, syncIds, accountIds]);
        return [{ tenantId, count: rowCount ?? 0 }];
      });
    });
    if (isHeld) scope.leaveRest(); // of the others; the next run looks at this account no more
    if (!scope.isDone) return false;
  }
  await removeNoted(database, scope, "syncs", async (client) => {
    await client.query(doneSql, [tenantId, syncIds]);
    return [{ tenantId, count: syncIds.length }];
  });
  return true;
}
