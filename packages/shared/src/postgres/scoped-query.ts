import pg from "pg";

/** What the driver's query does and its types do not tell. */
interface DriverQuery extends pg.Query {
  prepare(connection: pg.Connection): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: pg.Connection): void;
}

const DriverQuery = pg.Query as unknown as new (config: object) => DriverQuery;

/**
 * Names the tenants whose rows are seen until the transaction ends. Each connection has it prepared under this name before
 * anything else is asked on it.
 */
export const nameTenants = {
  name: "name-tenants",
  text: "select set_config('millrace.tenants', $1, true)",
} as const;

/**
 * A statement that is told first whose rows it may see. Both go out as one message and are one transaction, which ends with
 * them: no round trip more, and a failure means what it means for a statement alone. So there is no moment in which a
 * connection sees more than it should, and nothing to put back.
 *
 * In the extended protocol, statements before one Sync share a transaction. What the first one answers is left out here.
 */
export class ScopedQuery extends DriverQuery {
  readonly #tenants: string;
  #isNaming = true;

  /** @param tenants an array of ids as Postgres writes it */
  constructor(query: string | pg.QueryConfig, values: readonly unknown[] | undefined, tenants: string) {
    const config = typeof query === "string" ? { text: query } : query;
    super({ ...config, values: values ?? config.values, queryMode: "extended" });
    this.#tenants = tenants;
  }

  override prepare(connection: pg.Connection): void {
    connection.bind({ statement: nameTenants.name, values: [this.#tenants] }, true);
    connection.execute({}, true);
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (!this.#isNaming) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: pg.Connection): void {
    if (this.#isNaming) this.#isNaming = false;
    else super.handleCommandComplete(message, connection);
  }
}
