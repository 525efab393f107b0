import { createHash } from "node:crypto";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { RetentionPorts } from "../retention-ports.ts";
import { whileUnheld } from "../while-unheld.ts";
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
 * @returns which of them; none once the account is held
 */
export async function forgetSyncs(
  { pool, append }: Pick<RetentionPorts, "pool" | "append">,
  ref: AccountRef,
  due: readonly DueSync[],
): Promise<readonly string[]> {
  const told: string[] = [];
  for (let at = 0; at < due.length; at += syncsMax) {
    const some = due.slice(at, at + syncsMax);
    const syncIds = some.map(({ syncId }) => syncId);
    const digest = createHash("sha256").update(syncIds.join(" ")).digest("hex");
    const eventId = `${ref.accountId}.forgotten.${digest.slice(0, 32)}`;
    // There before the fact is: who dies in between leaves no fact that nobody goes on with.
    const values = [ref.tenantId, ref.accountId, syncIds, eventId];
    if ((await whileUnheld(pool, ref, (client) => client.query(noteSql, values))) === null) break;
    const happenedBefore = new Date(Math.max(...some.map(({ lastAt }) => lastAt.getTime()))).toISOString();
    const fact = { type: "syncs.forgotten", syncIds, happenedBefore } as const;
    const effect = { kind: "append", ref, eventId, expectedSeq: null, fact } as const;
    if ((await whileUnheld(pool, ref, () => append(effect))) === null) break;
    told.push(...syncIds);
  }
  return told;
}
