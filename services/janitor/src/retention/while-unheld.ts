import type { AccountRef } from "@millrace/shared/events/subjects";
import type { PoolClient, SweepingPool } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import { limitedPool } from "./limited-pool.ts";

/** Whoever puts one of them on hold waits for the end of the transaction; what comes after sees it. */
const lockSql = `
  select id, held_at is not null as "isHeld" from accounts where tenant_id = $1 and id = any($2) order by id for share`;

/** Which of a tenant's accounts are held, and go on being so, or not being so, until the transaction ends. */
export async function lockHolds(
  client: PoolClient,
  tenantId: string,
  accountIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string; isHeld: boolean }>(lockSql, [tenantId, accountIds]);
  return new Set(rows.filter(({ isHeld }) => isHeld).map(({ id }) => id));
}

/**
 * Works in a transaction during which nobody can put the account on hold: from the answer to who does on nothing of it goes,
 * whatever run is under way.
 *
 * @returns what the work gave; null, without it, when the account is held
 */
export const whileUnheld = <T>(
  pool: SweepingPool,
  { tenantId, accountId }: AccountRef,
  work: (client: PoolClient) => Promise<T>,
): Promise<T | null> =>
  inTransaction(limitedPool(pool).of(tenantId), async (client) =>
    (await lockHolds(client, tenantId, [accountId])).has(accountId) ? null : work(client),
  );
