import type { NetChange } from "@millrace/shared/events/message-change";
import { workMark } from "@millrace/shared/events/work-item";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { applyChangesSql } from "./apply-changes-sql.ts";
import type { AppliedChange, ClaimedWork } from "./fetcher-ports.ts";
import { satisfying } from "./satisfying.ts";

/** Applies what has become of the messages of a chunk to what is stored of them. @param changes one a message */
export async function applyChanges(
  pool: Pool,
  { ref, item }: ClaimedWork,
  changes: readonly NetChange[],
): Promise<Map<string, AppliedChange>> {
  const column = <T>(read: (change: NetChange) => T): T[] => changes.map(read);
  const { rows } = await pool.of(ref.tenantId).query<{ providerId: string; outcome: AppliedChange }>({
    name: "apply-changes",
    text: applyChangesSql,
    values: [
      ref.tenantId,
      ref.accountId,
      item.syncId,
      workMark(item),
      item.messageIds,
      column(({ kind }) => kind),
      column(({ at }) => at),
      column(({ added }) => JSON.stringify(added)),
      column(({ removed }) => JSON.stringify(removed)),
      column(({ hiddenAs }) => hiddenAs),
      satisfying[item.content],
    ],
  });
  return new Map(rows.map(({ providerId, outcome }) => [providerId, outcome]));
}
