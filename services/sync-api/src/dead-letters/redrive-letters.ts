import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import type { ApiPorts } from "../api.ts";
import { type LetterFilter, letterFilterSql, letterFilterValues } from "./letter-filter.ts";

const lettersPerFact = 500;
/** Letters that one look at the table takes. */
const lettersPerPage = 5_000;
const appendsAtOnce = 16;
/** Of one call; whoever has more asks again. */
export const lettersPerCall = 100_000;

/** Which letters, in the order of syncs, chunks and ordinals. */
export interface LetterSelection {
  readonly tenantId: string;
  readonly filter: LetterFilter;
}

export const openLetters = (tenantId: string, filter: LetterFilter): LetterSelection => ({
  tenantId,
  filter: { ...filter, state: filter.state ?? "open" },
});

type Position = readonly [syncId: string, chunkIndex: number, ordinal: number];

/** $9 rows, $10 to $12 after which letter */
const pageSql = `
  select d.account_id as "accountId", d.sync_id as "syncId", d.chunk_index as "chunkIndex", d.ordinal,
    d.provider_id as "messageId", coalesce(s.content, a.content) as content
  from dead_letters d
  join accounts a on a.id = d.account_id
  left join syncs s on s.id = d.sync_id
  where ${letterFilterSql} and d.state in ('open', 'redriving')
    and ($10::text is null or (d.sync_id, d.chunk_index, d.ordinal) > ($10::text, $11::integer, $12::integer))
  order by d.sync_id, d.chunk_index, d.ordinal
  limit $9`;

interface Row {
  readonly accountId: string;
  readonly syncId: string;
  readonly chunkIndex: number;
  readonly ordinal: number;
  readonly messageId: string;
  readonly content: ContentMode;
}

/**
 * Puts dead letters back on the queue: appends the facts from which the work follows, one for the letters of a chunk.
 * Doing it again does no harm: a letter that is settled meanwhile is not settled twice.
 *
 * @param cause names what is appended
 */
export async function redriveAll(
  { pool, eventLog }: Pick<ApiPorts, "pool" | "eventLog">,
  cause: string,
  { tenantId, filter }: LetterSelection,
): Promise<Redrive> {
  let redriven = 0;
  let newestSeq: number | null = null;
  const syncIds = new Set<string>();
  let after: Position | null = null;
  while (redriven < lettersPerCall) {
    const values: unknown[] = [...letterFilterValues(tenantId, filter), lettersPerPage];
    const rows: readonly Row[] = (
      await pool.of(tenantId).query<Row>(pageSql, [...values, ...(after ?? [null, null, null])])
    ).rows;
    const facts = redrivenFacts(tenantId, rows, cause);
    for (let start = 0; start < facts.length; start += appendsAtOnce) {
      const part = facts.slice(start, start + appendsAtOnce);
      for (const result of await Promise.all(part.map((fact) => eventLog.append(fact))))
        if (result.kind === "appended") newestSeq = Math.max(newestSeq ?? 0, result.seq);
    }
    redriven += rows.length;
    for (const { syncId } of rows) if (syncIds.size < 2) syncIds.add(syncId);
    const last = rows.at(-1);
    if (last === undefined || rows.length < lettersPerPage) break;
    after = [last.syncId, last.chunkIndex, last.ordinal];
  }
  const [syncId = null] = syncIds;
  return { redriven, syncId: syncIds.size === 1 ? syncId : null, newestSeq };
}

/** What was put back. */
export interface Redrive {
  /** How many letters the facts name. */
  readonly redriven: number;
  /** The sync that all of them are of; null when they are of several. */
  readonly syncId: string | null;
  /** Of the newest of the facts; null when there are none. */
  readonly newestSeq: number | null;
}

/** One fact for each run of letters of the same chunk. */
export function redrivenFacts(tenantId: string, rows: readonly Row[], cause: string): AppendEffect[] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    const first = group?.[0];
    const isSame = first?.syncId === row.syncId && first.chunkIndex === row.chunkIndex;
    if (group !== undefined && isSame && group.length < lettersPerFact) group.push(row);
    else groups.push([row]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [redrivenFact({ tenantId, accountId: first.accountId }, first, group, cause)];
  });
}

function redrivenFact(
  ref: AccountRef,
  { syncId, chunkIndex, content, ordinal: firstOrdinal }: Row,
  group: readonly Row[],
  cause: string,
): AppendEffect {
  const letters = group.map(({ ordinal, messageId }) => ({ ordinal, messageId }));
  return {
    kind: "append",
    ref,
    eventId: `${syncId}.redriven.${firstOrdinal}.${cause}`,
    expectedSeq: null,
    fact: { type: "dead_letters.redriven", syncId, chunkIndex, content, letters },
  };
}
