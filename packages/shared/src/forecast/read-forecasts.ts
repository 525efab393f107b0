import type { Queries } from "../postgres/create-pool.ts";
import { forecastDays, forecastStore, type StoreForecast } from "./forecast-store.ts";

/** How large something is, and when it is full. */
export interface StoreStanding extends StoreForecast {
  /** `database`, or a stream of the broker. */
  readonly store: string;
  readonly bytes: number;
  readonly bytesMax: number | null;
  /** Of the newest look. */
  readonly seenAt: Date;
}

const sql = `
  select store, array_agg(extract(epoch from seen_at)::float8 * 1000 order by seen_at) as "atMs",
    array_agg(bytes::float8 order by seen_at) as bytes,
    (array_agg(bytes_max::float8 order by seen_at desc))[1] as "bytesMax",
    (array_agg(extract(epoch from levels_off_at)::float8 * 1000 order by seen_at desc))[1] as "levelsOffAtMs"
  from store_sizes
  where seen_at > now() - make_interval(days => ${forecastDays})
  group by store order by store`;

interface Row {
  readonly store: string;
  readonly atMs: number[];
  readonly bytes: number[];
  readonly bytesMax: number | null;
  readonly levelsOffAtMs: number | null;
}

/** All stores that were looked at, by name. */
export async function readForecasts(database: Queries): Promise<readonly StoreStanding[]> {
  const { rows } = await database.query<Row>(sql);
  return rows.map(({ store, atMs, bytes, bytesMax, levelsOffAtMs }) => {
    const samples = atMs.map((at, n) => ({ atMs: at, bytes: bytes[n] ?? 0 }));
    const seenAt = new Date(atMs.at(-1) ?? 0);
    const forecast = forecastStore(samples, { bytesMax, levelsOffAtMs });
    return { store, bytes: bytes.at(-1) ?? 0, bytesMax, seenAt, ...forecast };
  });
}
