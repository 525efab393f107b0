import { noHistory } from "@millrace/shared/events/attempt";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ReconcilerPorts } from "./reconciler-ports.ts";

/** Accounts that have to be connected again, and have something that waits for it. */
const refusedSql = `
  select distinct on (a.account_id) a.tenant_id as "tenantId", a.account_id as "accountId", s.id as "syncId"
  from account_states a
  join syncs s on s.account_id = a.account_id and s.tenant_id = a.tenant_id
  where a.status = 'reauth_required' and s.ended_at is null
  order by a.account_id, s.created_at`;

/**
 * Has it looked whether mailboxes that refused us can be read again: some owners mend that at the provider, and
 * connect nothing anew here.
 *
 * @param everySeconds one look within this time, however many janitors run
 */
export async function probeRefused(
  { pool, enqueue, nowMs }: Pick<ReconcilerPorts, "pool" | "enqueue" | "nowMs">,
  everySeconds: number,
): Promise<number> {
  const { rows } = await pool.query<AccountRef & { readonly syncId: string }>(refusedSql);
  const turn = Math.floor(nowMs() / (everySeconds * 1_000));
  for (const { tenantId, accountId, syncId } of rows) {
    await enqueue({
      kind: "enqueue",
      ref: { tenantId, accountId },
      lane: "list",
      item: { kind: "probe", syncId, history: noHistory },
      dedupeId: `${accountId}.probe.${turn}`,
      dueAtMs: null,
    });
  }
  return rows.length;
}
