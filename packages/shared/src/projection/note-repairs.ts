import type { PoolClient } from "../postgres/create-pool.ts";
import { checkpointName } from "./checkpoint.ts";
import type { PositionedEvent } from "./project-batch.ts";
import type { LogPosition } from "./views.ts";

const reason = "Postgres was restored from an older backup: mail that was stored after it may be missing";

/** All of one restoration have the same time: whoever is told of it twice can know. */
const noteSql = `
  insert into repairs (account_id, tenant_id, reason, since)
  select missed.account_id, missed.tenant_id, $3, coalesce(checkpoints.restored_at, now())
  from unnest($1::text[], $2::text[]) as missed (account_id, tenant_id)
  join checkpoints on checkpoints.name = $4
  on conflict (account_id) do update set since = greatest(repairs.since, excluded.since)`;

const noteAllSql = `
  insert into repairs (account_id, tenant_id, reason, since)
  select id, tenant_id, $1, now() from accounts
  on conflict (account_id) do update set since = greatest(repairs.since, excluded.since)`;

const endSql = `update checkpoints set restored_until = null, restored_at = null where name = $1`;

/**
 * While a restored Postgres catches up: its accounts have mail that these events say was stored, and that the
 * backup had not. Whoever finds a row of `repairs` has the account looked through again.
 *
 * @param last where the checkpoint is now
 */
export async function noteRepairs(
  client: PoolClient,
  events: readonly PositionedEvent[],
  last: LogPosition,
  restoredUntil: number,
): Promise<void> {
  const missed = events.filter(
    ({ position, event }) => position.seq <= restoredUntil && "progress" in event.fact,
  );
  const accounts = new Map(missed.map(({ event }) => [event.accountId, event.tenantId]));
  if (accounts.size > 0) {
    await client.query(noteSql, [[...accounts.keys()], [...accounts.values()], reason, checkpointName]);
  }
  if (last.seq >= restoredUntil) await client.query(endSql, [checkpointName]);
}

/** For when the log does not reach back to where the backup ends: any account may miss mail. */
export async function noteRepairOfAll(client: PoolClient): Promise<void> {
  await client.query(noteAllSql, [reason]);
}
