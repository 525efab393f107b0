import type { ServiceName } from "../nats/service-rights.ts";
import { RoleRefusedError } from "./assume-role.ts";
import type { Pool, Queries } from "./create-pool.ts";
import { databaseRights, roleOf } from "./database-rights.ts";

/** The service would run without the wall between tenants, or cannot be who it is. Says what to do. */
export class DatabaseAccessError extends Error {
  readonly code = "database_access";
  constructor(message: string) {
    super(message);
    this.name = "DatabaseAccessError";
  }
}

/** The owner has still to migrate: whoever waits for that waits for this. */
export class AccessMissingError extends Error {
  readonly code = "access_missing";
  constructor(missing: readonly string[]) {
    super(`The database does not let this service do its work yet: ${missing.slice(0, 5).join(", ")}`);
    this.name = "AccessMissingError";
  }
}

export interface DatabaseStanding {
  /** The login owns the database, or no policy binds it: only the role that it took does. */
  readonly isOwnersLogin: boolean;
}

/**
 * Makes sure that the database keeps this service to the rows of the tenants that it names, and lets it do its work.
 *
 * @throws {DatabaseAccessError}, {AccessMissingError}, and what the database throws
 */
export async function checkDatabaseAccess(pool: Pool, service: ServiceName): Promise<DatabaseStanding> {
  const database = pool.ofNobody();
  const who = await readWho(database, service);
  if (who.isFree || who.mayBeFree)
    throw new DatabaseAccessError(
      `The role ${who.role} is not bound by row security: it is a superuser, bypasses it, or may be somebody who does or who owns ` +
        `the tables. Run as the owner: alter role ${who.role} nosuperuser nobypassrls; and revoke what it is a member of.`,
    );
  if (who.mayMake)
    throw new DatabaseAccessError(
      `The role ${who.role} may make tables and functions in the schema ${who.schema}, where others would come upon them. ` +
        `Run as the schema's owner: revoke create on schema ${who.schema} from public, ${who.role};`,
    );
  const missing = await readMissing(database, service);
  if (missing.length > 0) throw new AccessMissingError(missing);
  return { isOwnersLogin: who.isOwnersLogin };
}

const whoSql = `
  select session_user as login, current_user as role,
    (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)
      or pg_has_role(current_user, relowner, 'usage') as "isFree",
    pg_has_role(current_user, relowner, 'member') or exists (
      select from pg_roles r where (r.rolsuper or r.rolbypassrls or r.rolname = any ('{
        pg_read_server_files,pg_write_server_files,pg_execute_server_program}'::name[]))
        and pg_has_role(current_user, r.oid, 'member')) as "mayBeFree",
    current_schema() as schema, has_schema_privilege(current_user, current_schema(), 'create') as "mayMake",
    (select rolsuper or rolbypassrls from pg_roles where rolname = session_user)
      or pg_has_role(session_user, relowner, 'member') as "isOwnersLogin"
  from pg_class where oid = 'messages'::regclass`;

interface Who {
  readonly login: string;
  readonly role: string;
  readonly isFree: boolean;
  /** It may become somebody whom no policy binds, or who reads and writes the server's own files. */
  readonly mayBeFree: boolean;
  readonly schema: string;
  readonly mayMake: boolean;
  readonly isOwnersLogin: boolean;
}

const noSuchRole = "22023";

async function readWho(database: Queries, service: ServiceName): Promise<Who> {
  try {
    const { rows } = await database.query<Who>(whoSql);
    const [who] = rows;
    if (who === undefined) throw new Error("A table has one owner");
    return who;
  } catch (error) {
    if (!(error instanceof RoleRefusedError)) throw error;
    const role = roleOf(service);
    if (error.state === noSuchRole) throw new AccessMissingError([`the role ${role}`]);
    throw new DatabaseAccessError(
      `${error.message}. The user of DATABASE_URL is to be a member of that role. Run as the owner: grant ${role} to <user>; ` +
        "`npm run database-users` makes users of which each is one service's.",
    );
  }
}

/** Tables that show all rows, and rights that the role has not. */
const missingSql = `
  select w."table" || ' (' || w."right" || ')' as what
  from unnest($1::text[], $2::text[]) as w ("table", "right")
  where not coalesce(has_table_privilege(to_regclass(w."table"), w."right"), false)
  union all
  select t || ' (row security)' from unnest($3::text[]) as t
  where to_regclass(t) is null or not row_security_active(to_regclass(t))`;

async function readMissing(database: Queries, service: ServiceName): Promise<string[]> {
  const all = Object.entries(databaseRights);
  const wanted = all.flatMap(([table, { rights }]) =>
    (rights[service] ?? []).map((right) => [table, right] as const),
  );
  const secured = all.filter(([, { tenantColumn, isView }]) => tenantColumn !== null && !isView);
  const { rows } = await database.query<{ what: string }>(missingSql, [
    wanted.map(([table]) => table),
    wanted.map(([, right]) => right),
    secured.map(([table]) => table),
  ]);
  return rows.map(({ what }) => what);
}
