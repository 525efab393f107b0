import type { AcceptedSync } from "../load/sync-register.ts";
import type { World } from "../world/world.ts";
import type { StoreJudgement } from "./judge-store.ts";

interface LedgerRow {
  readonly id: string;
  readonly status: string;
  readonly listed: string;
  readonly stored: string;
  readonly unchanged: string;
  readonly gone: string;
  readonly deadLettered: string;
}

const sql = `
  select id, status, listed, stored, unchanged, gone, dead_lettered as "deadLettered" from syncs where id = any($1)`;

/**
 * The last sync of a mailbox that has stopped changing must say exactly what the mailbox holds: nothing counted
 * twice, nothing forgotten.
 */
export async function judgeLedgers(
  { database }: World,
  finals: readonly AcceptedSync[],
  store: readonly StoreJudgement[],
): Promise<{ readonly listed: number; readonly wrong: readonly string[] }> {
  const rows = await database.query<LedgerRow>(sql, [finals.map(({ id }) => id)]);
  const wrong: string[] = [];
  let total = 0;
  for (const { account, messages } of store) {
    const final = finals.find(({ accountId }) => accountId === account.accountId);
    const row = rows.find(({ id }) => id === final?.id);
    const count = (field: Exclude<keyof LedgerRow, "id" | "status">): number => Number(row?.[field] ?? 0);
    total += count("listed");
    const isRight =
      row?.status === "completed" &&
      count("listed") === messages &&
      count("stored") + count("unchanged") === messages &&
      count("gone") === 0 &&
      count("deadLettered") === 0;
    if (!isRight)
      wrong.push(`${account.email} has ${messages} messages, its last sync says ${JSON.stringify(row)}`);
  }
  return { listed: total, wrong };
}
