import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { LogPosition } from "@millrace/shared/projection/views";
import type { Sync } from "../resources/sync.ts";
import { type SyncRow, type SyncShowing, syncColumns, syncOf } from "../syncs/sync-rows.ts";
import { beginning } from "./version.ts";

/** How long a sync that has ended is still in the snapshot of a tenant's stream. */
const endedSecondsMax = 60;

const newestSql = `
  select epoch, seq::float8 from syncs where tenant_id = $1
  order by syncs.epoch desc, syncs.seq desc limit 1`;

/** The version of a tenant's newest change. */
export async function readNewest(pool: Pool, tenantId: string): Promise<LogPosition> {
  const { rows } = await pool.of(tenantId).query<LogPosition>({
    name: "newest-version",
    text: newestSql,
    values: [tenantId],
  });
  return rows[0] ?? beginning;
}

const changesSql = `
  select watched.tenant_id as "tenantId", changed.*
  from unnest($1::text[], $2::integer[], $3::bigint[]) as watched (tenant_id, epoch, seq)
  cross join lateral (
    select ${syncColumns("syncs")} from syncs
    where syncs.tenant_id = watched.tenant_id and (syncs.epoch, syncs.seq) > (watched.epoch, watched.seq)
    order by syncs.epoch, syncs.seq
    limit $4
  ) as changed
  order by changed.epoch, changed.seq`;

export interface Change extends LogPosition {
  readonly tenantId: string;
  readonly sync: Sync;
}

/** What has changed of each tenant after its position, in the order of versions, at most `limit` a tenant. */
export async function readChanges(
  pool: Pool,
  showing: SyncShowing,
  positions: ReadonlyMap<string, LogPosition>,
  limit: number,
): Promise<Change[]> {
  const { rows } = await pool.ofTenants(positions.keys()).query<SyncRow & { tenantId: string }>({
    name: "read-changes",
    text: changesSql,
    values: [
      [...positions.keys()],
      [...positions.values()].map(({ epoch }) => epoch),
      [...positions.values()].map(({ seq }) => seq),
      limit,
    ],
  });
  return rows.map((row) => ({
    tenantId: row.tenantId,
    epoch: row.epoch,
    seq: row.seq,
    sync: syncOf(row, showing),
  }));
}

const snapshotSql = `
  select ${syncColumns("syncs")} from syncs
  where tenant_id = $1 and (
    ended_at is null
    or ended_at > now() - make_interval(secs => ${endedSecondsMax})
    or (epoch, seq) > ($2::integer, $3::bigint)
  )
  order by syncs.epoch, syncs.seq
  limit $4`;

/**
 * Where a tenant's stream begins: what has not ended, has just ended, or has changed after `since`; in the
 * order of versions.
 */
export async function readSnapshot(
  pool: Pool,
  showing: SyncShowing,
  {
    tenantId,
    since,
    limit,
  }: { readonly tenantId: string; readonly since: LogPosition; readonly limit: number },
): Promise<Sync[]> {
  const { rows } = await pool
    .of(tenantId)
    .query<SyncRow>(snapshotSql, [tenantId, since.epoch, since.seq, limit]);
  return rows.map((row) => syncOf(row, showing));
}
