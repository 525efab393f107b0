import type pg from "pg";
import { connections, connectionsMax, connectionWaiters, statementSeconds } from "./database-metrics.ts";

type PoolCounts = Pick<pg.Pool, "totalCount" | "idleCount" | "waitingCount" | "options">;

/**
 * Follows how many connections a pool has, and who waits for one.
 *
 * @returns ends it
 */
export function measurePool(name: string, pool: PoolCounts): () => void {
  const of = { "db.client.connection.pool.name": name };
  const ends = [
    connections.observe(() => [
      { value: pool.idleCount, attributes: { ...of, "db.client.connection.state": "idle" } },
      {
        value: pool.totalCount - pool.idleCount,
        attributes: { ...of, "db.client.connection.state": "used" },
      },
    ]),
    connectionsMax.observe(() => [{ value: pool.options.max, attributes: of }]),
    connectionWaiters.observe(() => [{ value: pool.waitingCount, attributes: of }]),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** @param operation the statement's first word; TRANSACTION. @throws what the work throws */
export async function measureStatement<T>(operation: string, work: () => Promise<T>): Promise<T> {
  const beganMs = performance.now();
  try {
    const result = await work();
    record(operation, beganMs, "none");
    return result;
  } catch (error) {
    record(operation, beganMs, codeOf(error));
    throw error;
  }
}

const operations = /^\s*(?:--[^\n]*\n\s*)*([a-z]+)/i;

/** The first word of a statement, in capital letters. */
export const operationOf = (sql: string): string => operations.exec(sql)?.[1]?.toUpperCase() ?? "OTHER";

function record(operation: string, beganMs: number, code: string): void {
  statementSeconds.record((performance.now() - beganMs) / 1_000, {
    "db.system.name": "postgresql",
    "db.operation.name": operation,
    "error.type": code,
  });
}

/** Codes have a form: what has another one may be anything. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[A-Z0-9_]{3,40}$/.test(code) ? code : "other";
}
