import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { LogPosition } from "@millrace/shared/projection/views";
import type { SyncStatus } from "../resources/sync.ts";

/**
 * Of a chunk `c` of a sync `s`, in one letter: what GET …/chunks calls its state, and f for one that is outstanding and has
 * met something.
 */
const letterSql = `
  case
    when c.settled_at is not null then case c.state when 'dead_lettered' then 'd' else 's' end
    when s.ended_at is null and c.chunk_index < s.window_chunks + s.chunks_settled
      then case when c.last_fault is null then 'o' else 'f' end
    else 'l'
  end`;

const syncSql = `s.epoch, s.seq::float8 as seq, s.status, s.ended_at is not null as "hasEnded"`;

interface SyncNow extends LogPosition {
  readonly status: SyncStatus;
  readonly hasEnded: boolean;
}

/** Chunks are numbered from 0 on without gaps, but where events were lost. */
const statesSql = `
  select ${syncSql}, (
    select coalesce(string_agg(coalesce(${letterSql}, 'l'), '' order by place), '')
    from generate_series(0, s.chunks_listed - 1) as places (place)
    left join chunks c on c.sync_id = s.id and c.chunk_index = place
  ) as states
  from syncs s where s.tenant_id = $1 and s.id = $2`;

export interface ChunkStates extends SyncNow {
  /** A letter a chunk, by index. */
  readonly states: string;
}

/** All chunks of a sync, as they are at its version; null for a sync of which no fact tells. */
export async function readChunkStates(
  pool: Pool,
  tenantId: string,
  syncId: string,
): Promise<ChunkStates | null> {
  const { rows } = await pool.of(tenantId).query<ChunkStates>({
    name: "chunk-states",
    text: statesSql,
    values: [tenantId, syncId],
  });
  return rows[0] ?? null;
}

/** More is told by all states at once. */
const factsMax = 500;

/**
 * The chunks that facts after a position are about, and those that the window has reached since: it slides by one with each
 * chunk that is settled. Found by the facts, because chunks have no index by their version: it would be written with every one
 * of them. All of one moment.
 */
const changesSql = `
  with sync as (select * from syncs where tenant_id = $1 and id = $2),
  told as (
    select type, fact from events
    where tenant_id = $1 and sync_id = $2 and (epoch, seq) > ($3::integer, $4::bigint)
    order by epoch, seq limit ${factsMax} + 1
  ),
  touched (place) as (
    select (fact ->> 'chunkIndex')::integer from told where fact ? 'chunkIndex'
    union
    select generate_series(
      (fact ->> 'firstChunk')::integer, (fact ->> 'firstChunk')::integer + (fact ->> 'chunkCount')::integer - 1)
    from told where type = 'page.listed'
    union
    select generate_series(
      window_chunks + chunks_settled
        - (select count(*)::integer from told where type in ('chunk.fetched', 'chunk.dead_lettered')),
      window_chunks + chunks_settled - 1)
    from sync
  )
  select ${syncSql}, (select count(*) from told)::integer as told, s.chunks_settled < s.chunks_listed as "isUnsettled",
    (
      select coalesce(json_agg(json_build_array(found.chunk_index, found.letter) order by found.chunk_index), '[]')
      from touched cross join lateral (
        select c.chunk_index, ${letterSql} as letter from chunks c
        where c.sync_id = s.id and c.chunk_index = touched.place
        limit 1 -- looked up one by one: the planner cannot know how few there are, and would read all chunks of the sync
      ) as found
    ) as changed
  from sync s`;

export interface ChunkChanges extends SyncNow {
  readonly changed: readonly (readonly [index: number, letter: string])[];
}

interface ChangesRow extends ChunkChanges {
  readonly told: number;
  /** It has chunks that are not settled. */
  readonly isUnsettled: boolean;
}

/**
 * The chunks of a sync that may have changed after a position of the same epoch, as they are now. Null when that is not to be
 * told one by one: too much has happened, or the sync has ended and left chunks as they were.
 */
export async function readChunkChanges(
  pool: Pool,
  tenantId: string,
  syncId: string,
  after: LogPosition,
): Promise<ChunkChanges | null> {
  const { rows } = await pool.of(tenantId).query<ChangesRow>({
    name: "chunk-changes",
    text: changesSql,
    values: [tenantId, syncId, after.epoch, after.seq],
  });
  const [row] = rows;
  if (row === undefined || row.epoch !== after.epoch || row.told > factsMax) return null;
  const { told: _, isUnsettled, ...changes } = row;
  return row.hasEnded && isUnsettled ? null : changes;
}
