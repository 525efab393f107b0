import { endSync } from "@millrace/shared/events/evolve-course";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { pagesBackTo } from "@millrace/shared/steps/pages-back-to";
import { readSituation } from "@millrace/shared/steps/sync-situation";
import type { MissingWork } from "./decide-stalled.ts";
import type { ReconcilerPorts } from "./reconciler-ports.ts";

const repairSql = `
  insert into repairs (account_id, tenant_id, reason, since)
  select id, tenant_id, $3, now() from accounts where tenant_id = $1 and id = $2
  on conflict (account_id) do update set since = excluded.since, reason = excluded.reason`;

/**
 * Ends a sync whose chunks nobody can plan any more: the pages that they were cut from were lost with the log, before
 * Postgres had them. Its mailbox is synced anew instead; what is stored of it is skipped. Asked for first, so that a
 * crash in between loses nothing.
 *
 * @returns true when it is ended
 */
export async function endIfUnlisted(
  ports: ReconcilerPorts,
  { syncId, ...account }: AccountRef & { readonly syncId: string },
  { chunkIndexes }: MissingWork,
): Promise<boolean> {
  if (chunkIndexes.length === 0) return false;
  const ref = { tenantId: account.tenantId, accountId: account.accountId };
  const situation = await readSituation(ports.state, ref, syncId);
  if (situation === null) return false;
  const { isBroken } = await pagesBackTo(ports.state, situation, Math.min(...chunkIndexes));
  if (!isBroken) return false;
  await ports.pool
    .of(ref.tenantId)
    .query(repairSql, [ref.tenantId, ref.accountId, "pages of a listing were lost"]);
  await ports.append({
    kind: "append",
    ref,
    eventId: `${syncId}.ended`,
    expectedSeq: situation.courseSeq,
    fact: {
      type: "sync.failed",
      syncId,
      category: "listing_lost",
      message:
        "Pages of its listing were lost with the broker's log; its mailbox is synced anew by another sync",
      request: null,
      course: endSync(situation.course, syncId),
    },
  });
  ports.log.error({ event: "reconciler.listing_lost", "sync.id": syncId }, "the mailbox is synced anew");
  return true;
}
