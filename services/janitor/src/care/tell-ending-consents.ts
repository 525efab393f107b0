import type { AccountRef } from "@millrace/shared/events/subjects";
import { consentSoonDays } from "@millrace/shared/providers/consent-soon-days";
import { type ReconcilerPorts, unlessItFails } from "../reconcile/reconciler-ports.ts";

const accountsPerRun = 500;

interface EndingConsent extends AccountRef {
  readonly endsAt: Date;
}

/** One that was lost is told of otherwise. $1 now */
const endingSql = `
  select a.tenant_id as "tenantId", a.id as "accountId", a.consent_ends_at as "endsAt"
  from accounts a left join account_states s on s.account_id = a.id
  where a.consent_ends_at between $1::timestamptz and $1::timestamptz + make_interval(days => ${consentSoonDays})
    and a.consent_told_at is null and a.removing_at is null and coalesce(s.status, 'connected') = 'connected'
  order by a.consent_ends_at
  limit ${accountsPerRun}`;

/** Only of that consent: one that was given meanwhile has an end of its own. */
const markSql = `
  update accounts set consent_told_at = $3
  where tenant_id = $1 and id = $2 and date_trunc('milliseconds', consent_ends_at) = $4`;

/**
 * Tells once of each consent that ends within three days, so that the mailbox can be connected again before its syncs pause.
 *
 * @returns how many were told
 */
export async function tellEndingConsents(
  ports: Pick<ReconcilerPorts, "pool" | "log" | "nowMs" | "append">,
): Promise<number> {
  const now = new Date(ports.nowMs());
  const { rows } = await ports.pool.ofAll().query<EndingConsent>(endingSql, [now]);
  let told = 0;
  for (const { tenantId, accountId, endsAt } of rows) {
    const ref = { tenantId, accountId };
    const isTold = await unlessItFails(ports, ref, async () => {
      await ports.append({
        kind: "append",
        ref,
        eventId: `${accountId}.consent_ending.${endsAt.getTime()}`,
        expectedSeq: null,
        fact: { type: "account.consent_ending", endsAt: endsAt.toISOString() },
      });
      await ports.pool.of(tenantId).query(markSql, [tenantId, accountId, now, endsAt]);
      return true;
    });
    if (isTold === true) told++;
  }
  return told;
}
