import type { AccountRef } from "@millrace/shared/events/subjects";
import { decideRemoval } from "@millrace/shared/steps/decide-removal";
import type { RemovalPorts } from "./removal-ports.ts";

const accountsPerRun = 100;
/** A projection that lags so much catches up; a log that has lost the fact does not. */
const lostAfterSeconds = 15;

/** Marked as leaving, and neither in the views nor at hand. */
const lostSql = `
  select a.tenant_id as "tenantId", a.id as "accountId", a.removing_at as "requestedAt", a.removing_by as "requestId"
  from accounts a left join account_states s on s.account_id = a.id
  where a.removing_at <= now() - make_interval(secs => ${lostAfterSeconds}) and a.removing_by is not null
    and coalesce(s.status, '') not in ('removing', 'removed')
    and not exists (select from account_removals r where r.account_id = a.id)
  order by a.removing_at limit ${accountsPerRun}`;

interface Lost extends AccountRef {
  readonly requestedAt: Date;
  readonly requestId: string;
}

/**
 * Says once more in the log which accounts are to be removed, where it has lost that before it was projected: whoever was
 * answered 202 has been promised it, and the mark in the database is what is left of it.
 *
 * @returns how many
 */
export async function askAgain({
  pool,
  state,
  append,
}: Pick<RemovalPorts, "pool" | "state" | "append">): Promise<number> {
  const { rows } = await pool.ofAll().query<Lost>(lostSql);
  let asked = 0;
  for (const { tenantId, accountId, requestedAt, requestId } of rows) {
    const ref = { tenantId, accountId };
    const again = { requestedAt: requestedAt.toISOString(), requestId };
    const { effect } = decideRemoval(ref, await state.course(ref), again);
    // A conflict means that the account has moved: its next turn comes.
    if (effect !== null && (await append(effect)) === "appended") asked++;
  }
  return asked;
}
