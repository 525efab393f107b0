import { noHistory } from "@millrace/shared/events/attempt";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ReconcilerPorts } from "./reconciler-ports.ts";

/** Accounts that have to be connected again, and have something that waits for it. */
const refusedSql = `
  select distinct on (a.account_id) a.tenant_id as "tenantId", a.account_id as "accountId", s.id as "syncId",
    a.status_since as since
  from account_states a
  join syncs s on s.account_id = a.account_id and s.tenant_id = a.tenant_id
  where a.status = 'reauth_required' and s.ended_at is null
  order by a.account_id, s.created_at`;

interface Refused extends AccountRef {
  readonly syncId: string;
  readonly since: Date;
}

/** A turn comes a little late at times; a look that is asked for twice is made once. */
const turnSlack = 1.3;
const longestMs = 6 * 60 * 60_000;

/**
 * Which look is due at a mailbox that has refused us for so long: the first after `firstMs`, then each time that the
 * time has doubled, and at last every six hours.
 *
 * @returns counts from 0; null before the first
 */
export function lookDue(refusedForMs: number, firstMs: number): number | null {
  if (refusedForMs < firstMs) return null;
  const doublingsMax = Math.floor(Math.log2(Math.max(longestMs / firstMs, 1)));
  const doublings = Math.floor(Math.log2(refusedForMs / firstMs));
  return doublings < doublingsMax ? doublings : doublingsMax + Math.floor(refusedForMs / longestMs);
}

/**
 * Has it looked whether mailboxes that refused us can be read again: some owners mend that at the provider, and
 * connect nothing anew here.
 *
 * @param everyMs how often this runs; also how long after the refusal the first look is
 */
export async function probeRefused(
  { pool, enqueue, nowMs }: Pick<ReconcilerPorts, "pool" | "enqueue" | "nowMs">,
  everyMs: number,
): Promise<number> {
  const { rows } = await pool.ofAll().query<Refused>(refusedSql);
  let probed = 0;
  for (const { tenantId, accountId, syncId, since } of rows) {
    const refusedForMs = nowMs() - since.getTime();
    const look = lookDue(refusedForMs, everyMs);
    if (look === null || look === lookDue(refusedForMs - everyMs * turnSlack, everyMs)) continue;
    await enqueue({
      kind: "enqueue",
      ref: { tenantId, accountId },
      lane: "list",
      item: { kind: "probe", syncId, history: noHistory },
      dedupeId: `${accountId}.probe.${since.getTime()}.${look}`,
      dueAtMs: null,
    });
    probed++;
  }
  return probed;
}
