import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import { nextTurnMs } from "./next-turn.ts";

const turnsPerRun = 1_000;

/** $1: how often, where the tenant says nothing. Of a mailbox that was never copied as a whole there is nothing to compare. */
const lackingSql = `
  select a.id as "accountId", a.tenant_id as "tenantId", wanted.days as "everyDays"
  from accounts a
  join tenants t on t.id = a.tenant_id
  cross join lateral (select coalesce(t.verify_every_days, $1::integer) as days) as wanted
  join account_states s on s.account_id = a.id and s.watermark is not null
  left join verification_turns turn on turn.account_id = a.id
  where a.removing_at is null and wanted.days > 0
    and (turn.account_id is null or turn.every_days <> wanted.days)
  limit $2`;

const giveSql = `
  insert into verification_turns (account_id, tenant_id, every_days, due_at)
  select * from unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[])
  on conflict (account_id) do update set every_days = excluded.every_days, due_at = excluded.due_at`;

const takeSql = `
  delete from verification_turns turn using tenants t
  where t.id = turn.tenant_id and coalesce(t.verify_every_days, $1::integer) = 0`;

interface Lacking extends AccountRef {
  readonly everyDays: number;
}

/**
 * Gives accounts their turns: those that were copied meanwhile, and those whose tenant wants another period. Whoever wants
 * none has none.
 *
 * @param usualDays how often, where the tenant says nothing; 0: never
 */
export async function keepTurns(
  { pool, nowMs }: Pick<ReconcilerPorts, "pool" | "nowMs">,
  usualDays: number,
): Promise<void> {
  const database = pool.ofAll();
  await database.query(takeSql, [usualDays]);
  const { rows } = await database.query<Lacking>(lackingSql, [usualDays, turnsPerRun]);
  if (rows.length === 0) return;
  await database.query(giveSql, [
    rows.map(({ accountId }) => accountId),
    rows.map(({ tenantId }) => tenantId),
    rows.map(({ everyDays }) => everyDays),
    rows.map(({ accountId, everyDays }) => new Date(nextTurnMs(accountId, everyDays, nowMs()))),
  ]);
}
