import type { World } from "../world/world.ts";

/** Every fact has an id that follows from its cause: the same id twice in one log is one thing that happened twice. */
const doubledFactsSql = `
  select id, epoch, count(*)::int as times from events group by id, epoch having count(*) > 1 limit 100`;

/**
 * A sync that was made to run again, or whose dead letters were redriven, may end again. So may one whose end stood in
 * a log that was lost: each log is judged for itself.
 */
const endsSql = `
  select sync_id as "syncId", type, epoch, count(*)::int as times from events e
  where type in ('sync.completed', 'sync.failed', 'sync.cancelled') and not sync_id = any($1)
    and not exists (select from events r where r.sync_id = e.sync_id and r.type = 'dead_letters.redriven')
  group by sync_id, type, epoch`;

const doubledChunksSql = `
  select sync_id as "syncId", fact->>'chunkIndex' as chunk, count(*)::int as times from events
  where type in ('chunk.fetched', 'chunk.dead_lettered')
  group by 1, 2, epoch having count(*) > 1 limit 100`;

export interface LogAudit {
  /** What happened twice in one log, in words. */
  readonly doubled: readonly string[];
  /** Syncs that ended in one log, and again in the one that came after it was lost. */
  readonly endedAgain: readonly string[];
}

/** What the audit trail shows to have happened twice. */
export async function auditLog({ database, register }: World): Promise<LogAudit> {
  const reopened = register
    .all()
    .map(({ id }) => id)
    .filter((id) => register.mayReopen(id));
  const facts = await database.query<{ id: string; times: number }>(doubledFactsSql);
  const ends = await database.query<{ syncId: string; type: string; epoch: number; times: number }>(endsSql, [
    reopened,
  ]);
  const chunks = await database.query<{ syncId: string; chunk: string; times: number }>(doubledChunksSql);
  const endings = Map.groupBy(ends, ({ syncId }) => syncId);
  return {
    doubled: [
      ...facts.map(({ id, times }) => `the fact ${id} stands ${times} times in one log`),
      ...ends
        .filter(({ times }) => times > 1)
        .map(({ syncId, type, times }) => `${syncId} has ${times} facts ${type}`),
      ...chunks.map(({ syncId, chunk, times }) => `chunk ${chunk} of ${syncId} was settled ${times} times`),
    ],
    endedAgain: [...endings.keys()].filter(
      (syncId) => new Set(endings.get(syncId)?.map(({ epoch }) => epoch)).size > 1,
    ),
  };
}
