import pg from "pg";
import type { Logger } from "../runtime/create-logger.ts";

export type { Pool, PoolClient } from "pg";

/** A pool, or one of its connections inside a transaction. */
export type Queries = Pick<pg.Pool, "query">;

const connectTimeoutMs = 5_000;
const idleTimeoutMs = 30_000;
/** No statement of ours should take a minute; one that does must not hold its locks for ever. */
const statementTimeoutMs = 60_000;
/** A connection that vanished without a word never answers; then the server would long have ended the statement. */
const answerTimeoutMs = statementTimeoutMs + 5_000;

/** A connection pool of a service. Queries fail within seconds when the database is away; steps then come again. */
export function createPool(
  databaseUrl: string,
  service: string,
  connectionsMax: number,
  log: Logger,
  { answerMsMax = answerTimeoutMs }: { readonly answerMsMax?: number } = {},
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: `millrace-${service}`,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: answerMsMax,
    keepAlive: true,
  });
  // Without a listener an idle connection that the server closes would end the process.
  pool.on("error", (error) => log.warn({ err: error }, "an idle database connection was lost"));
  return pool;
}
