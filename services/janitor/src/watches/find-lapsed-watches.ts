import type { FactOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { type ReconcilerPorts, unlessItFails } from "../reconcile/reconciler-ports.ts";

type LapseReason = FactOf<"watch.lapsed">["reason"];

interface LapsedWatch extends AccountRef {
  readonly reason: LapseReason;
  readonly status: "active" | "silent";
  readonly expiresAt: Date;
  readonly renewedAt: Date;
  readonly notifiedAt: Date | null;
}

const lapsesPerRun = 200;

const columns = `w.tenant_id as "tenantId", w.account_id as "accountId", w.status, w.expires_at as "expiresAt",
  w.renewed_at as "renewedAt", w.notified_at as "notifiedAt"`;

const expiredSql = `
  select ${columns}, 'expired' as reason from watches w
  where w.status in ('active', 'silent') and w.expires_at <= $1
  order by w.expires_at limit $2`;

/** Notifications come late at times; one that has not come so long after its change is missing. */
const lateSeconds = 600;
/** Polls that ended longer ago have been looked at. */
const lookBackSeconds = 3_600;

/**
 * A poll that finds changes which nobody told us of, neither before it nor after it for a while, shows that the watch
 * is silent. What was told before the poll, and synced, a poll does not find any more.
 */
const silentSql = `
  select distinct on (w.account_id) ${columns}, 'silent' as reason
  from syncs s join watches w on w.account_id = s.account_id
  where s.trigger = 'schedule' and s.listed > 0
    and s.ended_at between $1::timestamptz - make_interval(secs => ${lookBackSeconds})
      and $1::timestamptz - make_interval(secs => ${lateSeconds})
    and s.mode = 'incremental' and w.status = 'active'
    and w.renewed_at < s.requested_at - make_interval(secs => ${lateSeconds})
    and coalesce(w.notified_at, '-infinity') < s.requested_at - make_interval(secs => ${lateSeconds})
  order by w.account_id
  limit $2`;

/** Only from the state that was read: a watch that was renewed or notified meanwhile has not lapsed. */
const markSql = `
  update watches
  set status = $2, due_at = least(due_at, $3)
  where account_id = $1 and status = $4 and date_trunc('milliseconds', expires_at) = $5
    and date_trunc('milliseconds', notified_at) is not distinct from $6`;

/**
 * Finds watches that have ended, and such as are set and tell us nothing. Each is told once, and is set anew at once;
 * a silent one counts as working again when a notification of it comes.
 *
 * @returns how many were told
 */
export async function findLapsedWatches(
  ports: Pick<ReconcilerPorts, "pool" | "log" | "nowMs" | "append">,
): Promise<number> {
  const now = new Date(ports.nowMs());
  let told = 0;
  for (const sql of [expiredSql, silentSql]) {
    const { rows } = await ports.pool.ofAll().query<LapsedWatch>(sql, [now, lapsesPerRun]);
    for (const watch of rows) {
      const { tenantId, accountId } = watch;
      const isTold = await unlessItFails(ports, { tenantId, accountId }, () => tell(ports, watch, now));
      if (isTold === true) told++;
    }
  }
  return told;
}

async function tell(
  { pool, log, append }: Pick<ReconcilerPorts, "pool" | "log" | "append">,
  watch: LapsedWatch,
  now: Date,
): Promise<boolean> {
  const { tenantId, accountId, reason, expiresAt, renewedAt, notifiedAt } = watch;
  const ref = { tenantId, accountId };
  const lastTold = (reason === "expired" ? expiresAt : (notifiedAt ?? renewedAt)).getTime();
  await append({
    kind: "append",
    ref,
    eventId: `${accountId}.watch.${reason}.${lastTold}`,
    expectedSeq: null,
    fact: {
      type: "watch.lapsed",
      reason,
      expiresAt: expiresAt.toISOString(),
      notifiedAt: notifiedAt?.toISOString() ?? null,
    },
  });
  await pool
    .of(tenantId)
    .query(markSql, [
      accountId,
      reason === "expired" ? "lapsed" : "silent",
      now,
      watch.status,
      expiresAt,
      notifiedAt,
    ]);
  log.warn({ event: "watch.lapsed", ...ref, reason }, "the provider does not tell us of changes any more");
  return true;
}
