import type { PoolClient } from "../postgres/create-pool.ts";
import type { ViewTable } from "./view-tables.ts";

const examplesMax = 5;
/** Less than the janitor keeps of minutes, and than anybody keeps of the audit trail. */
const minutesComparedDays = 6;

export interface ViewComparison {
  /** Of the rebuilt view. */
  readonly rows: number;
  /** Rows that the rebuilt view has and the live one has not. */
  readonly missing: number;
  /** Rows that the live view has and the rebuilt one has not. */
  readonly extra: number;
  /** Rows that both have, with other values. */
  readonly different: number;
  readonly examples: readonly ViewDifference[];
}

export interface ViewDifference {
  readonly kind: "missing" | "extra" | "different";
  readonly key: Readonly<Record<string, unknown>>;
  /** Of a different row: the columns whose values differ. */
  readonly columns?: Readonly<Record<string, { readonly live: unknown; readonly rebuilt: unknown }>>;
}

/** Two tables of the same columns, by their full names. */
export interface ViewPair {
  readonly table: ViewTable;
  readonly live: string;
  readonly rebuilt: string;
  /** The live view of accounts. */
  readonly liveStates: string;
}

/**
 * The condition on a row that it is compared. What is left of accounts that were removed, and the janitor has still to
 * remove, is in no view: with part of their audit trail gone, a rebuild gives part of it.
 */
export function isCompared({ table, liveStates }: ViewPair, alias: string): string {
  if (table.name === "account_states") return "true";
  if (table.name === "activity_minutes") return isMinuteCompared(liveStates, alias);
  return `not exists (
    select from ${liveStates} as s where s.account_id = ${alias}.account_id and s.status = 'removed'
  )`;
}

/**
 * Minutes hold what happened to accounts that were removed since, of which the audit trail has nothing any more: so only those
 * after the tenant's last removal are compared, with a minute's room for clocks that differ; and none that the janitor is
 * about to remove.
 */
function isMinuteCompared(liveStates: string, alias: string): string {
  const minutesOf = (time: string): string => `extract(epoch from ${time}) / 60`;
  return `${alias}.minute > ${minutesOf(`now() - interval '${minutesComparedDays} days'`)} and not exists (
    select from ${liveStates} as s
    where s.tenant_id = ${alias}.tenant_id and s.status = 'removed'
      and ${alias}.minute <= ${minutesOf("s.status_since")} + 1
  )`;
}

/** Compares a rebuilt view with the live one, row by row and in all columns. */
export async function compareViews(client: PoolClient, pair: ViewPair): Promise<ViewComparison> {
  const { rows } = await client.query<Omit<ViewComparison, "examples">>(countSql(pair));
  const [counts] = rows;
  if (counts === undefined) throw new Error("An aggregate has one row");
  const isSame = counts.missing + counts.extra + counts.different === 0;
  return { ...counts, examples: isSame ? [] : await readExamples(client, pair) };
}

/** Rows that only one side has are null as a whole on the other; the key of none is null. */
function joined(pair: ViewPair): string {
  const { table, live, rebuilt } = pair;
  const compared = (name: string): string => `(select * from ${name} as r where ${isCompared(pair, "r")})`;
  return `${compared(rebuilt)} as rebuilt full join ${compared(live)} as live using (${table.key.join(", ")})`;
}

const firstKey = ({ table: { key } }: ViewPair): string => key[0] ?? "";

function countSql(pair: ViewPair): string {
  const key = firstKey(pair);
  return `
    select count(rebuilt.${key})::float8 as rows,
      (count(*) filter (where live.${key} is null))::float8 as missing,
      (count(*) filter (where rebuilt.${key} is null))::float8 as extra,
      (count(*) filter (where live.${key} is not null and rebuilt.${key} is not null
        and row(live.*) is distinct from row(rebuilt.*)))::float8 as different
    from ${joined(pair)}`;
}

type JsonRow = Readonly<Record<string, unknown>>;

async function readExamples(client: PoolClient, pair: ViewPair): Promise<ViewDifference[]> {
  const key = firstKey(pair);
  const { rows } = await client.query<{ live: JsonRow | null; rebuilt: JsonRow | null }>(`
    select case when live.${key} is not null then to_jsonb(live) end as live,
      case when rebuilt.${key} is not null then to_jsonb(rebuilt) end as rebuilt
    from ${joined(pair)}
    where row(live.*) is distinct from row(rebuilt.*)
    limit ${examplesMax}`);
  return rows.map(({ live, rebuilt }) => exampleOf(pair.table, live, rebuilt));
}

function exampleOf(table: ViewTable, live: JsonRow | null, rebuilt: JsonRow | null): ViewDifference {
  const row = live ?? rebuilt ?? {};
  const key = Object.fromEntries(table.key.map((column) => [column, row[column]]));
  if (live === null) return { kind: "missing", key };
  if (rebuilt === null) return { kind: "extra", key };
  const differing = Object.keys(rebuilt).filter(
    (column) => JSON.stringify(live[column]) !== JSON.stringify(rebuilt[column]),
  );
  const columns = Object.fromEntries(
    differing.map((column) => [column, { live: live[column], rebuilt: rebuilt[column] }]),
  );
  return { kind: "different", key, columns };
}
