import type pg from "pg";
import type { ServiceName } from "../nats/service-rights.ts";
import { createOwnerPool, createPool, type SweepingPool } from "../postgres/create-pool.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { silentLogger } from "./silent-logger.ts";

/**
 * For tests: what is tested gets a service's pool, so that each test shows that its role may do what it does; what a test
 * asks itself, by `query`, the owner asks.
 */
export interface TestPool extends SweepingPool, Pick<pg.Pool, "query"> {
  readonly owner: pg.Pool;
}

export function createTestPool(
  databaseUrl: string,
  service: ServiceName,
  connectionsMax = 4,
  log: Logger = silentLogger,
): TestPool {
  // Every pool can name all tenants. Whether it is shown them, the database decides.
  const scoped: SweepingPool = createPool(databaseUrl, service as "sync-api", connectionsMax, log);
  const owner = createOwnerPool(databaseUrl, "test", connectionsMax, log);
  return {
    ...scoped,
    owner,
    query: owner.query.bind(owner),
    end: async () => {
      await Promise.all([scoped.end(), owner.end()]);
    },
  };
}
