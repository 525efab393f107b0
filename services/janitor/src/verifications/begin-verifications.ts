import { noHistory } from "@millrace/shared/events/attempt";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { PoolClient } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import type { ReconcilerPorts } from "../reconcile/reconciler-ports.ts";
import { canBeVerifiedSql } from "./due-turns-sql.ts";
import { turnAfterMs } from "./next-turn.ts";

/** One that takes longer, because its mailbox cannot be read say, holds up no others. */
const seatSeconds = 2 * 3_600;

const runningSql = `
  select count(*)::int as count from verifications
  where status = 'running' and trigger = 'schedule' and requested_at > now() - make_interval(secs => ${seatSeconds})`;

const dueSql = `
  select turn.account_id as "accountId", turn.tenant_id as "tenantId", turn.every_days as "everyDays"
  from verification_turns turn
  where turn.due_at <= $1 and ${canBeVerifiedSql}
  order by turn.due_at
  limit $2
  for no key update of turn skip locked`;

const moveSql = `
  update verification_turns turn set due_at = next.due_at
  from unnest($1::text[], $2::timestamptz[]) as next (account_id, due_at)
  where turn.account_id = next.account_id`;

/** One at a time for an account: where somebody has asked in this moment, that one does. */
const beginSql = `
  insert into verifications (id, tenant_id, account_id, repair, trigger, position)
  select begun.id, begun.tenant_id, begun.account_id, true, 'schedule', '{"step":"begin"}'
  from unnest($1::text[], $2::text[], $3::text[]) as begun (id, tenant_id, account_id)
  on conflict (account_id) where status = 'running' and sync_id is null do nothing
  returning id, tenant_id as "tenantId", account_id as "accountId"`;

interface Due extends AccountRef {
  readonly everyDays: number;
}

interface Begun extends AccountRef {
  readonly id: string;
}

/**
 * Begins the comparisons whose turn it is, a few at once over all accounts, and moves their turns on, in one transaction.
 * Then their work is queued; what a crash leaves out there the reconciler queues (requeue-verifications.ts).
 *
 * @param atOnce how many may run
 * @returns how many were begun
 */
export async function beginVerifications(
  { pool, nowMs, enqueue, log }: Pick<ReconcilerPorts, "pool" | "nowMs" | "enqueue" | "log">,
  atOnce: number,
): Promise<number> {
  const begun = await inTransaction(pool.ofAll(), async (client) => {
    const { rows } = await client.query<{ count: number }>(runningSql);
    const free = atOnce - (rows[0]?.count ?? 0);
    return free > 0 ? begin(client, nowMs(), free) : [];
  });
  for (const { id, tenantId, accountId } of begun) {
    log.info({ event: "verification.begun", tenantId, accountId, "verification.id": id }, "it is its turn");
    await enqueue({
      kind: "enqueue",
      ref: { tenantId, accountId },
      lane: "list",
      item: { kind: "verify", syncId: id, repair: true, isScheduled: true, history: noHistory },
      dedupeId: `${id}.verify`,
      dueAtMs: null,
    });
  }
  return begun.length;
}

async function begin(client: PoolClient, nowMs: number, max: number): Promise<readonly Begun[]> {
  const { rows: due } = await client.query<Due>(dueSql, [new Date(nowMs), max]);
  if (due.length === 0) return [];
  const accountIds = due.map(({ accountId }) => accountId);
  await client.query(moveSql, [
    accountIds,
    due.map(({ accountId, everyDays }) => new Date(turnAfterMs(accountId, everyDays, nowMs))),
  ]);
  const { rows } = await client.query<Begun>(beginSql, [
    due.map(() => newId("ver")),
    due.map(({ tenantId }) => tenantId),
    accountIds,
  ]);
  return rows;
}
