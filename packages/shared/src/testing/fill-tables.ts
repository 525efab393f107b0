import type pg from "pg";
import { databaseRights } from "../postgres/database-rights.ts";

/** Tables whose rows are tenants', with the column that names them. */
export const tenantTables: readonly (readonly [table: string, tenantColumn: string])[] = Object.entries(
  databaseRights,
).flatMap(([table, { tenantColumn, isView }]) =>
  tenantColumn === null || isView ? [] : [[table, tenantColumn] as const],
);

/** Where a check asks for more than a value of the column's type. */
const special: Readonly<Record<string, unknown>> = {
  "account_removals.step": "mail",
  "accounts.provider": "gmail",
  "api_keys.scopes": ["read"],
  "audit_entries.actor_kind": "key",
  "labels.type": "user",
  "retention_runs.state": "completed",
  "webhook_deliveries.state": "delivered",
  "webhook_endpoints.events": ["sync.completed"],
};

const columnsSql = `
  select column_name as name, udt_name as type from information_schema.columns
  where table_schema = current_schema() and table_name = $1 and is_nullable = 'NO' and column_default is null
    and is_identity = 'NO'`;

function sampleOf(name: string, type: string, tenant: string, salt: number): unknown {
  if (name in special) return special[name];
  if (type.startsWith("_")) return [];
  switch (type) {
    case "text":
      return `${tenant}-${salt}`;
    case "bytea":
      return Buffer.from(`${tenant}-${salt}`);
    case "jsonb":
      return "{}";
    case "bool":
      return true;
    case "timestamptz":
      return new Date();
    case "tsvector":
      return "";
    default:
      return salt;
  }
}

/** A row of a tenant, with a value for each column that needs one. @param salt tells rows apart */
export async function rowFor(
  owner: Pick<pg.Pool, "query">,
  table: string,
  tenant: string,
  salt: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await owner.query<{ name: string; type: string }>(columnsSql, [table]);
  const row = Object.fromEntries(
    rows.map(({ name, type }) => [name, sampleOf(`${table}.${name}`, type, tenant, salt)]),
  );
  return { ...row, [databaseRights[table]?.tenantColumn ?? ""]: tenant };
}

export const insertSqlOf = (table: string, row: Readonly<Record<string, unknown>>): string =>
  `insert into ${table} (${Object.keys(row).join(", ")}) values (${Object.keys(row)
    .map((_, i) => `$${i + 1}`)
    .join(", ")})`;

/** A row of each tenant in every table, whatever they refer to. @param owner a superuser's connections */
export async function fillTables(owner: pg.Pool, tenants: readonly string[]): Promise<void> {
  const client = await owner.connect();
  try {
    await client.query("set session_replication_role = replica"); // without foreign keys
    for (const [table] of tenantTables)
      for (const [i, tenant] of tenants.entries()) {
        const row = await rowFor(owner, table, tenant, i + 1);
        await client.query(insertSqlOf(table, row), Object.values(row));
      }
  } finally {
    client.release(true);
  }
}
