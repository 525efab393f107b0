import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { isStoreAway } from "../nats/is-store-away.ts";
import { AccessMissingError } from "../postgres/check-database-access.ts";
import { backoffMs } from "../runtime/backoff.ts";
import type { Logger } from "../runtime/create-logger.ts";

const backoff = { baseMs: 250, capMs: 5_000 };
/** A wrong password or a database that does not exist: waiting does not mend it. */
const misconfigured = /^(28|3D)/;
/** A table that is not there yet, or what the service may do with it: sync-api makes the schema when it starts. */
const undefinedTable = "42P01";

/**
 * What a service does at its start on broker and database: tried again while they are away, so that the order in
 * which things start does not matter.
 *
 * @param what for the log: "migrations"
 * @throws what is not about their being away, and `signal.reason`
 */
export async function waitForStores<T>(
  what: string,
  log: Logger,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (isMisconfigured(error) || !(isStoreAway(error) || isSchemaBehind(error))) throw error;
      log.warn({ err: error, what, failures }, "broker or database away, the start waits for it");
      await sleep(backoffMs(failures, Math.random(), backoff), undefined, { signal });
    }
  }
}

function isMisconfigured(error: unknown): boolean {
  return error instanceof pg.DatabaseError && misconfigured.test(error.code ?? "");
}

function isSchemaBehind(error: unknown): boolean {
  if (error instanceof AccessMissingError) return true;
  return error instanceof pg.DatabaseError && error.code === undefinedTable;
}
