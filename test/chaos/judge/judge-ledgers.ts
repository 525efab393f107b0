import type { AcceptedSync } from "../load/sync-register.ts";
import type { World } from "../world/world.ts";
import type { StoreJudgement } from "./judge-store.ts";

interface LedgerRow {
  readonly id: string;
  readonly status: string;
  readonly mode: "full" | "incremental";
  /** Null when nothing was listed. */
  readonly inListing: string | null;
  readonly listed: string;
  readonly stored: string;
  readonly unchanged: string;
  readonly gone: string;
  readonly deadLettered: string;
}

/** How many messages the listing had, when the sync listed: what other stages look at again is counted again. */
const sql = `
  select id, status, mode, listed, stored, unchanged, gone, dead_lettered as "deadLettered", (
    select sum(jsonb_array_length(page.fact -> 'messageIds')) from (
      select distinct on (fact ->> 'pageNumber') fact from events
      where sync_id = syncs.id and type = 'page.listed' order by fact ->> 'pageNumber', epoch desc, seq desc
    ) as page
    where page.fact ->> 'stage' = 'listing'
  ) as "inListing"
  from syncs where id = any($1)`;

/**
 * The last sync of a mailbox that has stopped changing explains each message once per stage that looked at it; one that
 * listed the mailbox has listed exactly what it holds.
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
    const count = (field: "listed" | "stored" | "unchanged" | "gone" | "deadLettered"): number =>
      Number(row?.[field] ?? 0);
    total += count("listed");
    const isRight =
      row?.status === "completed" &&
      count("stored") + count("unchanged") + count("gone") === count("listed") &&
      count("deadLettered") === 0 &&
      (row.mode === "incremental" || Number(row.inListing) === messages);
    if (!isRight)
      wrong.push(`${account.email} has ${messages} messages, its last sync says ${JSON.stringify(row)}`);
  }
  return { listed: total, wrong };
}
