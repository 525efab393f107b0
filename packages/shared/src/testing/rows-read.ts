import type { PoolClient } from "pg";
import type { Scope } from "../postgres/create-pool.ts";

interface PlanNode {
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly PlanNode[];
}

/** How a statement begins that is undone. */
export type Beginning = Pick<Scope, "connect" | "beginSql">;

/** How many rows of tables and indexes a statement looks at, also those that it leaves out. What it writes is undone. */
export async function rowsRead(
  { connect, beginSql }: Beginning,
  sql: string,
  values: readonly unknown[],
): Promise<number> {
  const client: PoolClient = await connect();
  try {
    await client.query(beginSql);
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
      `explain (analyze, timing off, buffers off, format json) ${sql}`,
      [...values],
    );
    return rows.reduce((sum, row) => sum + countOf(row["QUERY PLAN"][0].Plan), 0);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

function countOf(node: PlanNode): number {
  const isRead =
    / Scan$/.test(node["Node Type"]) && !/^(CTE|Function|Subquery|Values)/.test(node["Node Type"]);
  const seen =
    node["Actual Rows"] +
    (node["Rows Removed by Filter"] ?? 0) +
    (node["Rows Removed by Index Recheck"] ?? 0);
  const own = isRead ? seen * node["Actual Loops"] : 0;
  return (node.Plans ?? []).reduce((sum, inner) => sum + countOf(inner), own);
}
