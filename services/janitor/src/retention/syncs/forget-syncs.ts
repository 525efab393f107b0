import { createHash } from "node:crypto";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { RetentionPorts } from "../retention-ports.ts";
import type { DueSync } from "./find-due-syncs.ts";

/** What one fact names. */
const syncsMax = 200;

const noteSql = `
  insert into sync_removals (sync_id, tenant_id, account_id, event_id)
  select id, $1, $2, $4 from unnest($3::text[]) as due (id)
  on conflict (sync_id) do nothing`;

/**
 * Says of syncs of one account that they are forgotten. The projection removes their rows when it hears of it; what belongs to
 * them goes after that. A crash in between leaves a note by which it is gone on with.
 *
 * @param due of one account
 */
export async function forgetSyncs(
  { pool, append }: Pick<RetentionPorts, "pool" | "append">,
  ref: AccountRef,
  due: readonly DueSync[],
): Promise<void> {
  for (let at = 0; at < due.length; at += syncsMax) {
    const some = due.slice(at, at + syncsMax);
    const syncIds = some.map(({ syncId }) => syncId);
    const digest = createHash("sha256").update(syncIds.join(" ")).digest("hex");
    const eventId = `${ref.accountId}.forgotten.${digest.slice(0, 32)}`;
    await pool.of(ref.tenantId).query(noteSql, [ref.tenantId, ref.accountId, syncIds, eventId]);
    const happenedBefore = new Date(Math.max(...some.map(({ lastAt }) => lastAt.getTime()))).toISOString();
    const fact = { type: "syncs.forgotten", syncIds, happenedBefore } as const;
    await append({ kind: "append", ref, eventId, expectedSeq: null, fact });
  }
}
