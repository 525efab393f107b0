import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type { ServiceUrls } from "../postgres/database-users.ts";
import type {} from "./test-backends.ts";

export interface TestDatabase {
  /** As its owner. */
  readonly url: string;
  /** As each service's own user. */
  readonly serviceUrls: ServiceUrls;
  /** Removes the database, ending whatever session is still open on it. */
  drop(): Promise<void>;
}

/**
 * A database of its own for one test file, with all migrations: a copy of the run's template (some 50 ms).
 * Databases that are never dropped go with the run's Postgres.
 *
 * @throws Error in the vitest project `unit`; of the others the set-up starts the Postgres.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { postgresUrl, templateDatabase, serviceUrls } = inject("millraceTestBackends");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(postgresUrl, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`);
  const here = (url: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  return {
    url: here(postgresUrl),
    serviceUrls: Object.fromEntries(
      Object.entries(serviceUrls).map(([service, url]) => [service, here(url)]),
    ) as unknown as ServiceUrls,
    drop: () => administer(postgresUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
