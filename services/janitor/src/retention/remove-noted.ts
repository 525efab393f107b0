import type { PoolClient, Queries, Scope } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import { isOutOfTime } from "./limited-pool.ts";
import type { RetentionScope } from "./retention-scope.ts";

/** What was removed of one kind. */
export interface RemovedPart {
  /** Whose; null: nobody's, or several tenants'. */
  readonly tenantId: string | null;
  readonly count: number;
  readonly bytes?: number;
}

const noteSql = "select note_removed($1, $2, $3::jsonb)";

/** Adds to the run's record, in whatever transaction removes it; a dry run's is written at its end. The scope is to be told when that is through. */
export async function noteRemoved(
  database: Queries,
  { runId, isDryRun }: Pick<RetentionScope, "runId" | "isDryRun">,
  kind: string,
  parts: readonly RemovedPart[],
): Promise<void> {
  const some = parts.filter(({ count, bytes = 0 }) => count > 0 || bytes > 0);
  if (runId === null || isDryRun || some.length === 0) return;
  await database.query(noteSql, [runId, kind, JSON.stringify(some)]);
}

/**
 * Removes something, and writes in the same transaction into the run's record that it did: who is killed in the middle of a run
 * has left no removal out.
 *
 * @returns how many
 */
export async function removeNoted(
  database: Scope,
  scope: RetentionScope,
  kind: string,
  remove: (client: PoolClient) => Promise<readonly RemovedPart[]>,
): Promise<number> {
  const parts = await inTransaction(
    database,
    async (client) => {
      const removed = await remove(client);
      await noteRemoved(client, scope, kind, removed);
      return removed;
    },
    isOutOfTime,
  );
  for (const { tenantId, count, bytes = 0 } of parts) scope.count(kind, tenantId, count, bytes);
  return parts.reduce((sum, { count }) => sum + count, 0);
}
