import { limitedPool } from "./limited-pool.ts";
import { removeInPieces } from "./remove-in-pieces.ts";
import { type RemovedPart, removeNoted } from "./remove-noted.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

const kind = "removedAccounts";
const accountsMax = 200;
/** For so long a log that was lost or restored may tell of them once more. */
const daysMin = 40;

/** $1 now, $2 days where the tenant says nothing, $3 one tenant or null; to remove them: $4 how many */
const due = `
  select s.account_id, s.tenant_id from account_states s
  left join tenants t on t.id = s.tenant_id
  where s.status = 'removed' and ($3::text is null or s.tenant_id = $3)
    and s.status_since < $1::timestamptz
      - make_interval(days => greatest(coalesce((t.retention ->> 'auditDays')::integer, $2::integer), ${daysMin}))
    and not exists (select from account_removals r where r.account_id = s.account_id)
    and not exists (select from accounts a where a.id = s.account_id)`;

const countSql = `
  select tenant_id as "tenantId", count(*)::float8 as count from (${due}) as due group by tenant_id`;

/** View and events together: a rebuild in between finds both or neither. */
const removeSql = `
  with due as (${due} limit $4),
  told as (
    delete from events e using due where e.tenant_id = due.tenant_id and e.account_id = due.account_id
  ),
  gone as (
    delete from account_states s using due where s.tenant_id = due.tenant_id and s.account_id = due.account_id
    returning s.tenant_id
  )
  select tenant_id as "tenantId", count(*)::float8 as count from gone group by tenant_id`;

/**
 * Removes what remains of accounts that were removed long ago: the fact that says so, and its row. By then nobody has a log,
 * or is to have a backup, that could bring the account back.
 *
 * @param days how long after the removal, where their tenant says nothing; 40 at least
 */
export async function removeLeftAccounts(
  { pool }: Pick<RetentionPorts, "pool">,
  days: number,
  scope: RetentionScope,
): Promise<void> {
  const values = [scope.now, days, scope.tenantId];
  if (scope.isDryRun) {
    const { rows } = await pool.ofAll().query<RemovedPart>(countSql, values);
    for (const { tenantId, count } of rows) scope.count(kind, tenantId, count);
  } else
    await removeInPieces(scope, accountsMax, (max) =>
      removeNoted(
        limitedPool(pool).ofAll(),
        scope,
        kind,
        async (client) => (await client.query<RemovedPart>(removeSql, [...values, max])).rows,
      ),
    );
}
