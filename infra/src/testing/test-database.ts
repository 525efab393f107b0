import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type {} from "./test-backends.ts";

export interface TestDatabase {
  readonly url: string;
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
  const { postgresUrl, templateDatabase } = inject("millraceTestBackends");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(postgresUrl, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
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
