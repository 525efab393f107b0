import type { AccountCourse } from "@millrace/shared/events/account-course";
import { isPaused, nextToStart } from "@millrace/shared/events/evolve-course";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { type ReconcilerPorts, unlessItFails } from "./reconciler-ports.ts";

const accountsPerRun = 1_000;

/**
 * Seats and places that nothing in the views accounts for, and syncs that run without a seat although their tenant has a
 * cap: when it has one since then, or the database was restored.
 */
const doubtfulSql = `
  select l.tenant_id as "tenantId", l.account_id as "accountId", l.sync_id as "syncId"
  from tenant_lines l
  where l.moved_at <= now() - make_interval(secs => $1)
    and not exists (
      select from syncs s where s.account_id = l.account_id and s.ended_at is null
        and s.status = case when l.seated_by is null then 'queued' else 'running' end
    )
  union all
  select s.tenant_id, s.account_id, s.id
  from syncs s join accounts a on a.id = s.account_id join tenants t on t.id = a.tenant_id
  where t.running_syncs_max is not null and s.ended_at is null and s.status = 'running'
    and s.started_at <= now() - make_interval(secs => $1)
    and not exists (select from tenant_lines l where l.account_id = s.account_id and l.seated_by is not null)
  limit $2`;

interface Doubtful extends AccountRef {
  readonly syncId: string;
}

/**
 * What is right for an account's seat: `keep` for a sync that runs; `leave` when nothing runs and nothing waits; null when
 * something waits: it is told of by its turn, or as one that does not start.
 */
export function seatOf(course: AccountCourse): "keep" | "leave" | null {
  if (course.active !== null && !isPaused(course, course.active.syncId)) return "keep";
  return nextToStart(course) === null ? "leave" : null;
}

/**
 * Puts the lines of tenants right, by the log: a process that died, or an account that changed its mind in the middle of a
 * start, leaves a seat that nobody uses. Whoever is given such a seat is found as a sync that does not start.
 *
 * @returns how many accounts' seats or places were mended
 */
export async function mendLines(ports: ReconcilerPorts): Promise<number> {
  const { rows } = await ports.pool.ofAll().query<Doubtful>(doubtfulSql, [ports.idleSeconds, accountsPerRun]);
  let mended = 0;
  for (const { syncId, ...ref } of rows) {
    const isMended = await unlessItFails(ports, { "account.id": ref.accountId }, () =>
      mend(ports, ref, syncId),
    );
    if (isMended === true) mended++;
  }
  return mended;
}

async function mend(
  { state, line, nowMs }: ReconcilerPorts,
  ref: AccountRef,
  syncId: string,
): Promise<boolean> {
  const { course } = await state.course(ref);
  const cause = `mended.${nowMs()}`;
  switch (seatOf(course)) {
    case "keep":
      await line.keep(ref, course.active?.syncId ?? syncId, cause);
      return true;
    case "leave":
      await line.leave(ref, syncId, cause);
      return true;
    case null:
      return false;
  }
}
