import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import type { Pool } from "@millrace/shared/postgres/create-pool";

const unendedSql = `
  select jsonb_strip_nulls(jsonb_build_object(
    'syncId', id, 'mode', coalesce(requested_mode, 'auto'), 'trigger', coalesce(trigger, 'event'),
    'requestedAt', to_char(coalesce(requested_at, created_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'chunkSize', scope -> 'chunkSize', 'query', scope -> 'query', 'labelIds', scope -> 'labelIds',
    'repairOf', repair_of
  )) as request
  from syncs
  where tenant_id = $1 and account_id = $2 and ended_at is null
  order by started_at nulls last, created_at`;

/** Syncs of an account that the views have as not ended, as they were asked for; what had started first. */
export async function readUnended(
  pool: Pool,
  { tenantId, accountId }: { readonly tenantId: string; readonly accountId: string },
): Promise<AcceptedRequest[]> {
  const { rows } = await pool
    .of(tenantId)
    .query<{ request: AcceptedRequest }>(unendedSql, [tenantId, accountId]);
  return rows.map(({ request }) => request);
}

const endedSql = `
  select id from syncs where tenant_id = $1 and account_id = $2 and id = any($3) and ended_at is not null`;

/** Which of these syncs the views have as ended. */
export async function readEnded(
  pool: Pool,
  { tenantId, accountId }: { readonly tenantId: string; readonly accountId: string },
  syncIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await pool.of(tenantId).query<{ id: string }>(endedSql, [tenantId, accountId, syncIds]);
  return new Set(rows.map(({ id }) => id));
}
