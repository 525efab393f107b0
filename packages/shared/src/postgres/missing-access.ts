import type { ClientBase } from "pg";
import { type ServiceName, serviceNames } from "../nats/service-rights.ts";
import { databaseRights, databaseRoles, functionRights, type Right, roleOf } from "./database-rights.ts";

/** What roles hold of tables and views, but for owners. 0 is everybody. */
const heldSql = `
  select c.relname as "table", coalesce(r.rolname, 'public') as role, lower(a.privilege_type) as "right"
  from pg_class c cross join lateral aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
  where c.relnamespace = current_schema()::regnamespace and c.relname = any($1)
    and (a.grantee = 0 or r.rolname = any($2))`;

const tablesSql = `
  select c.relname as "table", c.relrowsecurity as "isSecured",
    coalesce((
      select json_object_agg(p.polname, (
        select coalesce(json_agg(r.rolname order by r.rolname), '[]') from pg_roles r where r.oid = any(p.polroles)
      )) from pg_policy p where p.polrelid = c.oid
    ), '{}') as policies
  from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relname = any($1)`;

const functionsSql = `
  select name from unnest($1::text[], $2::text[]) as wanted (name, role) left join pg_roles r on r.rolname = role
  where r.oid is null or not coalesce(has_function_privilege(r.oid, to_regprocedure(name), 'execute'), false)`;

interface TableState {
  readonly table: string;
  readonly isSecured: boolean;
  /** The roles of each policy; none: it is for everybody. */
  readonly policies: Readonly<Record<string, readonly string[]>>;
}

interface Held {
  readonly table: string;
  readonly role: string;
  readonly right: string;
}

/** In what the database differs from database-rights.ts, in words; asks the catalog only. All roles are to exist. */
export async function missingAccess(client: Pick<ClientBase, "query">): Promise<string[]> {
  const tables = Object.keys(databaseRights);
  const states = await client.query<TableState>(tablesSql, [tables]);
  const held = await client.query<Held>(heldSql, [tables, databaseRoles]);
  const calls = Object.entries(functionRights).flatMap(([name, services]) =>
    services.map((service) => [name, roleOf(service)] as const),
  );
  const functions = await client.query<{ name: string }>(functionsSql, [
    calls.map(([name]) => name),
    calls.map(([, role]) => role),
  ]);
  return [
    ...states.rows.flatMap(policyProblems),
    ...rightProblems(held.rows),
    ...functions.rows.map(({ name }) => `somebody may not call ${name}`),
  ];
}

function policyProblems({ table, isSecured, policies }: TableState): string[] {
  const known = databaseRights[table];
  if (known === undefined || known.isView || known.tenantColumn === null) return [];
  const wanted: Record<string, readonly string[]> = { of_tenants: [] };
  if (known.sweeps.length > 0) wanted.of_all = known.sweeps.map(roleOf).sort();
  const isSame =
    Object.keys(policies).sort().join() === Object.keys(wanted).sort().join() &&
    Object.entries(wanted).every(([name, roles]) => policies[name]?.join() === roles.join());
  return [
    ...(isSecured ? [] : [`${table} has no row security`]),
    ...(isSame ? [] : [`${table} has other policies`]),
  ];
}

function rightProblems(held: readonly Held[]): string[] {
  const nameOf = (table: string, role: string, right: Right | string): string =>
    `${right} on ${table} for ${role}`;
  const has = new Set(held.map(({ table, role, right }) => nameOf(table, role, right)));
  const wanted = new Set(
    Object.entries(databaseRights).flatMap(([table, { rights }]) =>
      serviceNames.flatMap((service: ServiceName) =>
        (rights[service] ?? []).map((right) => nameOf(table, roleOf(service), right)),
      ),
    ),
  );
  return [
    ...[...wanted].filter((name) => !has.has(name)).map((name) => `nobody has granted ${name}`),
    ...[...has].filter((name) => !wanted.has(name)).map((name) => `too much: ${name}`),
  ];
}
