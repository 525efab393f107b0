import { idleCourse } from "@millrace/shared/events/account-course";
import type { FactOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { decideRemoval } from "@millrace/shared/steps/decide-removal";
import type { Removal } from "./claim-removals.ts";
import type { RemovalPorts } from "./removal-ports.ts";

const countsSql = `
  select messages::float8 as messages, attachments::float8 as attachments, blobs::float8 as blobs,
    (select count(*) from events e where e.tenant_id = $1 and e.account_id = $2)::float8 as events
  from account_removals where tenant_id = $1 and account_id = $2`;

type Counts = Pick<FactOf<"account.removed">, "messages" | "attachments" | "blobs" | "events">;

/**
 * Step "fact": says in the log that the account was removed, unless the log says so. What the log knows of its syncs ends with it.
 *
 * @returns false when the account's course has moved meanwhile: it is to be tried again
 */
export async function tellRemoved(
  { pool, state, append, nowMs }: Pick<RemovalPorts, "pool" | "state" | "append" | "nowMs">,
  { ref, requestedAt, requestId, watch, consent }: Removal,
): Promise<boolean> {
  const at = await state.course(ref);
  const { course, seq } = at;
  if (course.removal?.removedAt !== undefined) return true;
  const asked = { requestedAt: requestedAt.toISOString(), requestId };
  if (course.removal === undefined) {
    // The log has lost that it was asked for, and so which syncs ended by it: that comes first.
    const { effect } = decideRemoval(ref, at, asked);
    if (effect !== null) await append(effect);
    return false;
  }
  const counts = await readCounts(pool, ref);
  if (counts === null) return false;
  const removal = { ...asked, removedAt: new Date(nowMs()).toISOString() };
  const appended = await append({
    kind: "append",
    ref,
    eventId: `${ref.accountId}.removed`,
    expectedSeq: seq,
    fact: {
      type: "account.removed",
      ...asked,
      watch: (watch ?? "none") as FactOf<"account.removed">["watch"],
      grant: (consent ?? "none") as FactOf<"account.removed">["grant"],
      ...counts,
      course: { ...idleCourse, removal },
    },
  });
  return appended === "appended";
}

async function readCounts(pool: Pool, { tenantId, accountId }: AccountRef): Promise<Counts | null> {
  const { rows } = await pool.of(tenantId).query<Counts>(countsSql, [tenantId, accountId]);
  return rows[0] ?? null;
}

const isToldSql = `select from account_states where tenant_id = $1 and account_id = $2 and status = 'removed'`;

/** Whether the projection knows it: from then on, nothing of the account is projected any more. */
export async function isToldToViews(pool: Pool, { tenantId, accountId }: AccountRef): Promise<boolean> {
  return (await pool.of(tenantId).query(isToldSql, [tenantId, accountId])).rowCount === 1;
}
