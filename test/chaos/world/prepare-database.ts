import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { makeDatabaseUsers, type ServiceUrls } from "@millrace/infra/postgres/database-users";
import { describeExit, startServerProcess } from "@millrace/infra/process/server-process";
import { tenantIds } from "../plan/plan-mailboxes.ts";
import type { ChaosFolder } from "./chaos-folder.ts";
import { checkout } from "./checkout.ts";
import { Database } from "./database.ts";
import type { PostgresStore } from "./postgres-store.ts";

export const databaseName = "millrace";

interface PreparedDatabase {
  /** By tenant. */
  readonly keys: ReadonlyMap<string, string>;
  /** How each service comes to it, but for ways of its own. */
  readonly serviceUrls: ServiceUrls;
}

/**
 * Makes the database with its schema, a user for each service, and the tenants, each with an API key.
 */
export async function prepareDatabase(
  postgres: PostgresStore,
  folder: ChaosFolder,
): Promise<PreparedDatabase> {
  const server = new Database(postgres.url("postgres"));
  await server.query(`create database ${databaseName}`, [], 0);
  await server.close();
  await migrate(postgres.url(databaseName), folder);
  const serviceUrls = await makeDatabaseUsers(postgres.url(databaseName));
  const database = new Database(postgres.url(databaseName));
  const keys = new Map<string, string>();
  for (const tenantId of tenantIds) {
    const key = `mr_${randomBytes(20).toString("hex")}`;
    keys.set(tenantId, key);
    await database.query("insert into tenants (id, name) values ($1, $1)", [tenantId], 0);
    await database.query(
      "insert into api_keys (id, tenant_id, name, key_hash, scopes) values ($1, $2, 'chaos', $3, '{read,write,admin}')",
      [`key_${tenantId}`, tenantId, createHash("sha256").update(key).digest()],
      0,
    );
  }
  await database.close();
  return { keys, serviceUrls };
}

async function migrate(databaseUrl: string, folder: ChaosFolder): Promise<void> {
  const logFile = join(folder.logs, "migrate.log");
  const child = await startServerProcess({
    command: process.execPath,
    args: [join(checkout, "packages/shared/src/postgres/migrate-main.ts")],
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
    logFile,
    onSpawn: (spawned) => folder.guard(spawned),
  });
  const exit = await child.exited;
  if (exit.code !== 0) throw new Error(`The migrations failed: the process ${describeExit(exit, logFile)}`);
}
