import type { ClientBase, QueryResult } from "pg";
import type { ServiceName } from "../nats/service-rights.ts";
import { roleOf } from "./database-rights.ts";
import { nameTenants } from "./scoped-query.ts";
import { tenantsOf } from "./tenants-setting.ts";

/**
 * The login cannot become the service's role, or there is none. Not one of the database's own errors: nothing is wrong with
 * what was asked on the connection, and it is to be asked again.
 */
export class RoleRefusedError extends Error {
  readonly code = "database_role";
  /** SQLSTATE. */
  readonly state: string | undefined;
  constructor(role: string, cause: Error) {
    super(`The database does not let us be ${role}: ${cause.message}`, { cause });
    this.name = "RoleRefusedError";
    this.state = (cause as { code?: string }).code;
  }
}

/**
 * A standby answered, or a primary that takes no writes: where we connect leads to the wrong server, for a moment after a
 * fail-over. A pool that kept the connection would fail every write on it for as long as it lives.
 */
export class ReadOnlyServerError extends Error {
  readonly code = "database_read_only";
  constructor() {
    super(
      "The database takes no writes: this is a standby, or its name does not lead to the new primary yet",
    );
    this.name = "ReadOnlyServerError";
  }
}

const readOnlySql = `select current_setting('transaction_read_only')::boolean as "isReadOnly"`;

/**
 * No statement of ours should take a minute; one that does must not hold its locks for ever. Set here, because a pooler does
 * not take it as a parameter of the connection.
 */
export const statementTimeoutMs = 60_000;

/** Permission denied, and no such role. */
const refusals: ReadonlySet<unknown> = new Set(["42501", "22023"]);

/**
 * Makes a new connection the service's: whatever its login may do, from here on it does what the service's role may.
 *
 * @throws {RoleRefusedError}, {ReadOnlyServerError}, and what the database throws
 */
export async function assumeRole(client: ClientBase, service: ServiceName): Promise<void> {
  const role = roleOf(service);
  try {
    // Also the tenants: a session of which a default names some would show their rows to a statement that forgets its own.
    const results = (await client.query(
      `set role ${role}; set statement_timeout = ${statementTimeoutMs}; set millrace.tenants = ''; ${readOnlySql}`,
    )) as unknown as readonly QueryResult<{ isReadOnly: boolean }>[]; // one for each statement
    if (results.at(-1)?.rows[0]?.isReadOnly) throw new ReadOnlyServerError();
  } catch (error) {
    if (error instanceof Error && "code" in error && refusals.has(error.code))
      throw new RoleRefusedError(role, error);
    throw error;
  }
  await client.query({ ...nameTenants, values: [tenantsOf([])] });
}
