import type { Nats } from "@millrace/shared/nats/connect-nats";
import type { SweepingPool } from "@millrace/shared/postgres/create-pool";

export interface SizePorts {
  readonly pool: SweepingPool;
  readonly nats: Pick<Nats, "jsm" | "share">;
  /** How large the database may grow; null: nobody has said so. */
  readonly databaseBytesMax: number | null;
}

/** A bit less than the hour after which it is looked again. */
const noteMinutes = 55;
const keptDays = 90;

/** The first look is at an installation that has just begun, and says nothing of it: the second one comes soon. */
const secondMinutes = 4;

const isDueSql = `
  select coalesce(max(seen_at) < now() - make_interval(mins => case count(*)
    when 1 then ${secondMinutes} else ${noteMinutes} end), true) as "isDue"
  from store_sizes where store = 'database'`;

const noteSql = `
  insert into store_sizes (store, seen_at, bytes, bytes_max, levels_off_at)
  select 'database', now(), pg_database_size(current_database()), $1::bigint, null
  union all
  select * from unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::timestamptz[])`;

const forgetSql = `delete from store_sizes where seen_at < now() - make_interval(days => ${keptDays})`;

interface StreamSize {
  readonly name: string;
  readonly bytes: number;
  readonly bytesMax: number | null;
  readonly levelsOffAt: Date | null;
}

/**
 * Notes once an hour how large the database and the broker's streams are, and the second time some minutes after the first.
 *
 * @returns whether it was noted
 * @throws the clients' errors while one of them is away: its next turn comes
 */
export async function noteSizes({ pool, nats, databaseBytesMax }: SizePorts): Promise<boolean> {
  const database = pool.ofNobody();
  const { rows } = await database.query<{ isDue: boolean }>(isDueSql);
  if (rows[0]?.isDue !== true) return false;
  const now = new Date();
  const streams: StreamSize[] = [];
  for (const { name } of nats.share.streams) streams.push(await sizeOf(nats, name));
  await database.query(noteSql, [
    databaseBytesMax,
    streams.map(({ name }) => name),
    streams.map(() => now),
    streams.map(({ bytes }) => bytes),
    streams.map(({ bytesMax }) => bytesMax),
    streams.map(({ levelsOffAt }) => levelsOffAt),
  ]);
  await database.query(forgetSql);
  return true;
}

async function sizeOf({ jsm }: SizePorts["nats"], name: string): Promise<StreamSize> {
  const { config, state } = await jsm.streams.info(name);
  const ageMs = config.max_age / 1e6;
  const oldestMs = Date.parse(state.first_ts.toString());
  return {
    name,
    bytes: state.bytes,
    bytesMax: config.max_bytes > 0 ? config.max_bytes : null,
    levelsOffAt: ageMs > 0 && state.messages > 0 ? new Date(oldestMs + ageMs) : null,
  };
}
