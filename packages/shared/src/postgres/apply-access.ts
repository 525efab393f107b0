import type { ClientBase } from "pg";
import { type ServiceName, serviceNames } from "../nats/service-rights.ts";
import {
  databaseRights,
  databaseRoles,
  functionRights,
  roleOf,
  type TableRights,
} from "./database-rights.ts";
import { missingAccess } from "./missing-access.ts";

/** What else waits for a table meanwhile waits so long at most. */
const lockTimeout = "30s";

/**
 * Makes roles, privileges and row security what database-rights.ts says, where they are not. Also after a backup was
 * restored to a server that did not have the roles: privileges and policies that name them are lost by that.
 *
 * @param client the owner's, alone at it (migrate.ts holds a lock)
 * @returns what was missing
 */
export async function applyAccess(client: ClientBase): Promise<readonly string[]> {
  await makeRoles(client);
  const missing = await missingAccess(client);
  if (missing.length === 0) return [];
  await client.query("begin");
  try {
    await client.query(`set local lock_timeout = '${lockTimeout}'`);
    for (const sql of accessSql()) await client.query(sql);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
  return missing;
}

/** All of it; done again, it changes nothing. */
export function accessSql(): string[] {
  const roles = databaseRoles.join(", ");
  return [
    `do $$ begin execute format('grant usage on schema %I to ${roles}', current_schema()); end $$`,
    ...Object.entries(databaseRights).flatMap(([table, rights]) => [
      ...(rights.tenantColumn === null || rights.isView ? [] : policiesSql(table, rights)),
      `revoke all on ${table} from public, ${roles}`,
      ...Object.entries(rights.rights).map(
        ([service, given]) => `grant ${given.join(", ")} on ${table} to ${roleOf(service as ServiceName)}`,
      ),
    ]),
    ...Object.entries(functionRights).flatMap(([name, services]) => [
      `revoke all on function ${name} from public, ${roles}`,
      `grant execute on function ${name} to ${services.map(roleOf).join(", ")}`,
    ]),
  ];
}

/** Rows of the tenants that the transaction names. One question a statement, not one a row. */
const isOfTenants = (column: string): string => `${column} = any ((select named_tenants())::text[])`;

/** Exactly what a sweep names; a tenant that were called so would be named otherwise. */
const isSweep = `(select current_setting('millrace.tenants', true)) = '{*}'`;

function policiesSql(table: string, { tenantColumn, sweeps }: TableRights): string[] {
  const condition = isOfTenants(tenantColumn ?? "");
  return [
    `alter table ${table} enable row level security`,
    dropPoliciesSql(table),
    `create policy of_tenants on ${table} using (${condition}) with check (${condition})`,
    ...(sweeps.length === 0
      ? []
      : [
          `create policy of_all on ${table} to ${sweeps.map(roleOf).join(", ")} using (${isSweep}) with check (${isSweep})`,
        ]),
  ];
}

/** Also those that somebody else has made: any of them may show a row. */
const dropPoliciesSql = (table: string): string => `
  do $$
  declare known name;
  begin
    for known in select polname from pg_policy where polrelid = '${table}'::regclass loop
      execute format('drop policy %I on ${table}', known);
    end loop;
  end $$`;

/** Roles are the server's, so another database may be making them at this moment. */
const makeRoleSql = (role: string): string => `
  do $$
  begin
    if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
  exception
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then
      raise exception 'The role ${role} is missing, and % may not create roles', current_user
        using errcode = '42501', hint = 'Let somebody who may run: ${databaseRoles
          .map((name) => `create role ${name} nologin;`)
          .join(" ")} grant ${databaseRoles.join(", ")} to the owner of the database;';
  end $$`;

/** Whoever owns the database may be each of them, so that one login is enough for development; he gets nothing by it. */
const joinRoleSql = (role: string): string => `
  do $$
  begin
    if not (select rolsuper from pg_roles where rolname = current_user) then grant ${role} to current_user; end if;
  exception when insufficient_privilege then null; -- then services need logins of their own
  end $$`;

async function makeRoles(client: ClientBase): Promise<void> {
  for (const service of serviceNames) {
    await client.query(makeRoleSql(roleOf(service)));
    await client.query(joinRoleSql(roleOf(service)));
  }
}
