import { measureStatement } from "../telemetry/metrics/measure-pool.ts";
import type { PoolClient, Scope } from "./create-pool.ts";
import { withClient } from "./with-client.ts";

/**
 * Works in one transaction, which sees what the scope shows and is rolled back when the work fails.
 *
 * @param keepsConnection after which failures the connection is sound
 */
export async function inTransaction<T>(
  scope: Scope,
  work: (client: PoolClient) => Promise<T>,
  keepsConnection: (error: unknown) => boolean = () => false,
): Promise<T> {
  let isOver = true;
  const inOne = async (client: PoolClient): Promise<T> => {
    await client.query(scope.beginSql);
    try {
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      await client.query("rollback").catch(() => {
        isOver = false;
      });
      throw error;
    }
  };
  // A connection on which the transaction may still be open would show its rows to whoever gets it next.
  return measureStatement("TRANSACTION", () =>
    withClient(scope, inOne, (error) => isOver && keepsConnection(error)),
  );
}
