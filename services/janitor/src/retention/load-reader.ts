import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

/** One that stands still for so long waits for something, or for somebody: it takes nothing from anybody. */
const movedSeconds = 300;

/** The newest fact of a sync is one step in `events_by_sync`; it is looked at until one is found that moves. */
const sql = `
  select exists (
    select from syncs s
    where s.ended_at is null and s.status = 'running'
      and coalesce(
        (select e.happened_at from events e where e.sync_id = s.id order by e.epoch desc, e.seq desc limit 1),
        s.created_at
      ) > now() - make_interval(secs => ${movedSeconds})
  ) as "isBusy",
  exists (select from retention_runs where state = 'requested') as "isAwaited"`;

/** A sync that begins is noticed within this time, also in the middle of a run of hours. */
const freshMs = 1_000;

export interface Load {
  /** Whether syncs run, and move, that retention must not hold up. */
  readonly syncs: "busy" | "idle";
  /** Somebody has asked for a run of retention that nobody has begun. */
  readonly isAwaited: boolean;
}

/** What a run must make way for, as of a second ago at most. */
export function loadReader(pool: SweepingPool): () => Promise<Load> {
  let [load, readAtMs]: [Load, number] = [{ syncs: "idle", isAwaited: false }, Number.NEGATIVE_INFINITY];
  return async () => {
    if (performance.now() - readAtMs < freshMs) return load;
    const { rows } = await pool.ofAll().query<{ isBusy: boolean; isAwaited: boolean }>(sql);
    load = { syncs: rows[0]?.isBusy === true ? "busy" : "idle", isAwaited: rows[0]?.isAwaited === true };
    readAtMs = performance.now();
    return load;
  };
}
