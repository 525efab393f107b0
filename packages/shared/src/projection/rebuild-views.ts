import type { OwnerPool, PoolClient } from "../postgres/create-pool.ts";
import { compareViews, type ViewComparison, type ViewPair } from "./compare-views.ts";
import { foldIntoViews } from "./fold-into-views.ts";
import { readStoredEvents } from "./read-stored-events.ts";
import { replaceRows } from "./replace-rows.ts";
import { viewTables } from "./view-tables.ts";
import type { LogPosition, ViewRows } from "./views.ts";

const lockTimeout = "30s";

export interface RebuildOptions {
  /** Compare only. */
  readonly check: boolean;
  /** Called after each batch. @param total how many rows the audit trail had when the rebuild began */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RebuildReport {
  /** Events that were projected. */
  readonly events: number;
  /** Events that are none; they were left out. */
  readonly unreadable: number;
  /** By the table's name; as it was before anything was replaced. */
  readonly tables: Readonly<Record<keyof ViewRows, ViewComparison>>;
  readonly differences: number;
  readonly swapped: boolean;
}

/**
 * Builds all views anew from the audit trail, with the projector's own fold, in temporary tables beside the live
 * ones, and compares them row by row. Unless it is only a check, the live ones are then made equal in one
 * transaction. Memory is bounded by a batch of events. Whatever runs meanwhile goes on running.
 *
 * A check reads events and views in one snapshot, so that what is applied meanwhile makes no difference.
 */
export async function rebuildViews(pool: OwnerPool, options: RebuildOptions): Promise<RebuildReport> {
  const client = await pool.connect();
  const onError = (): void => {}; // the query that is under way fails with it
  client.on("error", onError);
  try {
    await client.query("set statement_timeout = 0");
    await client.query(`set lock_timeout = '${lockTimeout}'`);
    return options.check ? await checkViews(client, options) : await swapViews(client, options);
  } finally {
    client.off("error", onError);
    client.release(true); // its temporary tables go with it: nobody else may find them in the live ones' place
  }
}

async function checkViews(client: PoolClient, options: RebuildOptions): Promise<RebuildReport> {
  await client.query("begin isolation level repeatable read");
  const build = await beginBuild(client, options);
  await build.catchUp();
  const report = await build.compare();
  await client.query("rollback");
  return { ...report, swapped: false };
}

async function swapViews(client: PoolClient, options: RebuildOptions): Promise<RebuildReport> {
  const build = await beginBuild(client, options);
  await build.catchUp();
  await client.query("begin");
  // No projector can move the checkpoint from here on: what it has applied is all there is.
  await client.query("lock table checkpoints in share row exclusive mode");
  await build.catchUp();
  const report = await build.compare();
  for (const pair of build.pairs) await replaceRows(client, pair);
  // What a projector has read of the views before is out of date: its compare-and-set fails by this.
  await client.query("update checkpoints set updated_at = now()");
  await client.query("commit");
  return { ...report, swapped: true };
}

interface Build {
  readonly pairs: readonly ViewPair[];
  /** Projects what the audit trail has and the build has not. */
  catchUp(): Promise<void>;
  compare(): Promise<Omit<RebuildReport, "swapped">>;
}

async function beginBuild(client: PoolClient, { onProgress }: RebuildOptions): Promise<Build> {
  const total = await countEvents(client);
  const pairs: ViewPair[] = [];
  const liveStates = await liveName(client, "account_states");
  const syncRemovals = await liveName(client, "sync_removals");
  for (const table of viewTables) {
    const live = await liveName(client, table.name);
    // Temporary tables hide others of their name, so the fold's statements find these.
    await client.query(`create temporary table ${table.name} (like ${live} including defaults)`);
    await client.query(`alter table pg_temp.${table.name} add primary key (${table.key.join(", ")})`);
    pairs.push({ table, live, rebuilt: `pg_temp.${table.name}`, liveStates, syncRemovals });
  }
  let position: LogPosition = { epoch: 0, seq: 0 };
  let events = 0;
  let unreadable = 0;
  return {
    pairs,
    catchUp: async () => {
      for (;;) {
        const stored = await readStoredEvents(client, position);
        if (stored.last === null) return;
        await foldIntoViews(client, stored.events);
        position = stored.last;
        events += stored.events.length;
        unreadable += stored.unreadable;
        onProgress?.(events + unreadable, total);
      }
    },
    compare: async () => {
      const compared: [string, ViewComparison][] = [];
      for (const pair of pairs) {
        await client.query(`analyze ${pair.rebuilt}`);
        compared.push([pair.table.name, await compareViews(client, pair)]);
      }
      const tables = Object.fromEntries(compared) as RebuildReport["tables"];
      const differences = compared.reduce(
        (sum, [, { missing, extra, different }]) => sum + missing + extra + different,
        0,
      );
      return { events, unreadable, tables, differences };
    },
  };
}

async function countEvents(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ total: number }>("select count(*)::float8 as total from events");
  return rows[0]?.total ?? 0;
}

const liveNameSql = `
  select format('%I.%I', nspname, relname) as name
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where pg_class.oid = $1::regclass`;

/** With its schema: the temporary table of that name hides it. */
async function liveName(client: PoolClient, table: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(liveNameSql, [table]);
  const [row] = rows;
  if (row === undefined) throw new Error(`There is no table ${table}`);
  return row.name;
}
