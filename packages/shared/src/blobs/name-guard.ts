import type { Pool, PoolClient } from "../postgres/create-pool.ts";
import { inTransaction } from "../postgres/in-transaction.ts";

/**
 * Keeps those who give content its name and those who take a name away from doing it at the same time, over all processes.
 * No store can: a folder has no lock that others see, and S3 removes an object also when it was written a moment before.
 */
export interface NameGuard {
  /** Gives content its name, once a removal of it that is under way has ended. Any number may at the same time. */
  naming<T>(sha256: string, work: () => Promise<T>): Promise<T>;
  /**
   * Takes a name away while nobody gives it, and no row names it.
   *
   * @param work is told when others may give the name again before it has ended, because the lock went with its connection
   * @returns what the work gave; null, without it, when somebody gives the name at this moment or a row names it
   */
  removing<T>(sha256: string, work: (lost: AbortSignal) => Promise<T>): Promise<T | null>;
}

/** Names are drawn from so many that the first 64 bits tell them apart; two that share them wait for each other. */
const lockKey = "('x' || left($1, 16))::bit(64)::bigint";
const namingSql = `select pg_advisory_xact_lock_shared(${lockKey})`;
const removingSql = `select pg_try_advisory_xact_lock(${lockKey}) as "isFree"`;
/** After the lock, as a statement of its own: it sees every row that was there by then. */
const namedSql = "select names_any_blob(array[$1]) as named";

/** Locks of the database, which end with their transaction and so also with their process, and get through a pooler. */
export function createNameGuard(pool: Pool): NameGuard {
  return {
    naming: (sha256, work) =>
      inTransaction(pool.ofNobody(), async (client) => {
        await client.query(namingSql, [sha256]);
        return work();
      }),
    removing: (sha256, work) =>
      inTransaction(pool.ofNobody(), async (client) => {
        const locked = await client.query<{ isFree: boolean }>(removingSql, [sha256]);
        if (locked.rows[0]?.isFree !== true) return null;
        const { rows } = await client.query<{ named: boolean }>(namedSql, [sha256]);
        return rows[0]?.named === false ? whileConnected(client, work) : null;
      }),
  };
}

async function whileConnected<T>(client: PoolClient, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
  const lost = new AbortController();
  const onError = (error: Error): void => lost.abort(error);
  client.on("error", onError);
  try {
    return await work(lost.signal);
  } finally {
    client.off("error", onError);
  }
}

/** Of a store that one process has to itself, and never removes from what it puts. */
export const noGuard: NameGuard = {
  naming: (_sha256, work) => work(),
  removing: (_sha256, work) => work(new AbortController().signal),
};
