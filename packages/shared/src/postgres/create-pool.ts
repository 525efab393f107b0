import pg from "pg";
import type { ServiceName } from "../nats/service-rights.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { measurePool, measureStatement, operationOf } from "../telemetry/metrics/measure-pool.ts";
import { assumeRole, statementTimeoutMs } from "./assume-role.ts";
import { ScopedQuery } from "./scoped-query.ts";
import { allTenants, tenantsOf } from "./tenants-setting.ts";
import { traceConnection, traceStatement } from "./trace-statements.ts";

export type { PoolClient } from "pg";

/** A scope of a pool, or one of its connections inside a transaction. */
export type Queries = Pick<pg.Pool, "query">;

/** Statements that see the rows of certain tenants and no others (row-level security), each in a transaction of its own. */
export interface Scope extends Queries {
  connect(): Promise<pg.PoolClient>;
  /** Begins a transaction in which the scope holds. */
  readonly beginSql: string;
}

/**
 * A service's connections. There is no statement without a scope: one that forgets its tenant is a type error, and one that
 * got past that would see nothing.
 */
export interface Pool {
  of(tenantId: string): Scope;
  ofTenants(tenantIds: Iterable<string>): Scope;
  /** For tables that belong to no tenant. */
  ofNobody(): Scope;
  /** For what belongs to a connection: locks, notifications. It sees no tenant's rows. */
  connect(): Promise<pg.PoolClient>;
  end(): Promise<void>;
}

/** That of a service which looks after all tenants at once. To the others' roles, the database shows nothing by it. */
export interface SweepingPool extends Pool {
  ofAll(): Scope;
}

/** Connections of the database's owner. */
export type OwnerPool = pg.Pool;

export type PoolOf<Name extends ServiceName> = Name extends "sync-api" | "janitor" ? SweepingPool : Pool;

const connectTimeoutMs = 5_000;
const idleTimeoutMs = 30_000;
/** A connection that vanished without a word never answers; then the server would long have ended the statement. */
const answerTimeoutMs = statementTimeoutMs + 5_000;

/**
 * A connection pool of a service, under its role. Queries fail within seconds when the database is away; steps then come
 * again.
 */
export function createPool<Name extends ServiceName>(
  databaseUrl: string,
  service: Name,
  connectionsMax: number,
  log: Logger,
  { answerMsMax = answerTimeoutMs }: { readonly answerMsMax?: number } = {},
): PoolOf<Name> {
  const pool = openPool(databaseUrl, service, connectionsMax, log, {
    query_timeout: answerMsMax,
    onConnect: async (client) => {
      await assumeRole(client, service);
      traceConnection(client);
    },
  });
  const endMeasuring = measurePool(service, pool);
  const scoped: SweepingPool = {
    of: (tenantId) => scopeOf(pool, tenantsOf([tenantId])),
    ofTenants: (tenantIds) => scopeOf(pool, tenantsOf(tenantIds)),
    ofNobody: () => scopeOf(pool, tenantsOf([])),
    ofAll: () => scopeOf(pool, allTenants),
    connect: () => pool.connect(),
    end: () => {
      endMeasuring();
      return pool.end();
    },
  };
  return scoped;
}

/**
 * Connections of the database's owner, whom no policy binds. A login that one does bind is refused each statement that it
 * would change, instead of being shown a part as if it were all.
 */
export function createOwnerPool(
  databaseUrl: string,
  name: string,
  connectionsMax: number,
  log: Logger,
): OwnerPool {
  return openPool(databaseUrl, name, connectionsMax, log, {
    query_timeout: answerTimeoutMs,
    onConnect: (client) =>
      client.query(`set row_security = off; set statement_timeout = ${statementTimeoutMs}`),
  });
}

type Hooks = Pick<pg.PoolConfig, "query_timeout"> & {
  /** Awaited before anybody gets the connection. */
  readonly onConnect: (client: pg.ClientBase) => Promise<unknown>;
};

function openPool(databaseUrl: string, name: string, max: number, log: Logger, hooks: Hooks): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: `millrace-${name}`,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
    ...hooks,
  });
  // Without a listener an idle connection that the server closes would end the process.
  pool.on("error", (error) => log.warn({ err: error }, "an idle database connection was lost"));
  return pool;
}

function scopeOf(pool: pg.Pool, tenants: string): Scope {
  const query = (text: string | pg.QueryConfig, values?: readonly unknown[]) =>
    measureStatement(operationOf(typeof text === "string" ? text : text.text), () =>
      traceStatement(
        text,
        // What a pool gives for a query object is the promise of its result.
        () => pool.query(new ScopedQuery(text, values, tenants)) as unknown as Promise<pg.QueryResult>,
      ),
    );
  return {
    query: query as unknown as pg.Pool["query"], // what a pool gives for a query object is the promise of its result
    connect: () => pool.connect(),
    beginSql: `begin; select set_config('millrace.tenants', ${pg.escapeLiteral(tenants)}, true)`,
  };
}
