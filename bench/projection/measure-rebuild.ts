import type { OwnerPool, PoolClient } from "@millrace/shared/postgres/create-pool";
import { withClient } from "@millrace/shared/postgres/with-client";
import { compareViews } from "@millrace/shared/projection/compare-views";
import { rebuildViews } from "@millrace/shared/projection/rebuild-views";
import { viewTables } from "@millrace/shared/projection/view-tables";
import { rounded } from "../harness/statistics.ts";
import type { Figures } from "../suites/suite.ts";

const keptSchema = "as_projected";

/**
 * Keeps the views as the projector made them, empties them, builds them anew from the audit trail, and compares: the
 * dearest rebuild, which has every row to write. With the command's own connection and its limits.
 */
export async function measureRebuild(pool: OwnerPool, onProgress: (done: number) => void): Promise<Figures> {
  await withClient(pool, keepViews);
  const beganMs = performance.now();
  const report = await rebuildViews(pool, { check: false, onProgress });
  const seconds = (performance.now() - beganMs) / 1_000;
  return {
    rebuildSeconds: rounded(seconds),
    rebuildEventsPerSecond: rounded(report.events / seconds),
    rebuildEvents: report.events,
    rebuildUnreadable: report.unreadable,
    rebuildRows: report.differences,
    rebuildDifferences: await withClient(pool, differencesFromKept),
  };
}

async function keepViews(client: PoolClient): Promise<void> {
  await client.query("set statement_timeout = 0");
  await client.query(`create schema ${keptSchema}`);
  for (const { name } of viewTables) {
    await client.query(`create table ${keptSchema}.${name} as table ${name}`);
    await client.query(`truncate ${name}`);
  }
  await client.query("analyze events");
  await client.query("checkpoint");
}

/** Rows that are missing, too many, or not the same, in all views. */
async function differencesFromKept(client: PoolClient): Promise<number> {
  let differences = 0;
  for (const table of viewTables) {
    const rebuilt = `${keptSchema}.${table.name}`;
    const pair = {
      table,
      live: `public.${table.name}`,
      rebuilt,
      syncRemovals: "public.sync_removals",
      liveStates: "public.account_states",
    };
    const { missing, extra, different } = await compareViews(client, pair);
    differences += missing + extra + different;
  }
  return differences;
}
