import type { Scope, SweepingPool } from "@millrace/shared/postgres/create-pool";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";

/** What a statement of retention may take, and so how long it holds the rows that it removes. */
export const statementMsMax = 2_000;
/** How long it waits for a row or a table that somebody else has; and who comes after it in that line waits as long. */
export const lockMsMax = 1_000;
/** Between two statements of a transaction, while the log is told: then the database ends it, and lets go of its rows. */
export const pauseMsMax = 2_000;

/** They end with the transaction: a connection that somebody else gets next has its own. */
const limitsSql = `set local statement_timeout = ${statementMsMax}; set local lock_timeout = ${lockMsMax};
  set local idle_in_transaction_session_timeout = ${pauseMsMax}`;

/**
 * The same pool for statements that remove: each has little time, and is undone when that is over (SQLSTATE 57014, or 55P03 when
 * it has waited for somebody). Statements that only look hold nobody up, and need none of it.
 */
export const limitedPool = (pool: SweepingPool): SweepingPool => ({
  of: (tenantId) => limited(pool.of(tenantId)),
  ofTenants: (tenantIds) => limited(pool.ofTenants(tenantIds)),
  ofNobody: () => limited(pool.ofNobody()),
  ofAll: () => limited(pool.ofAll()),
  connect: () => pool.connect(),
  end: () => pool.end(),
});

function limited(scope: Scope): Scope {
  const beginSql = `${scope.beginSql}; ${limitsSql}`;
  const whole = { ...scope, beginSql };
  const query = (text: string, values: unknown[]) =>
    inTransaction(whole, (client) => client.query(text, values), isOutOfTime);
  return { ...whole, query: query as unknown as Scope["query"] };
}

/** SQLSTATEs of a statement that was cut off, and of one that has waited for a lock. */
const outOfTime: ReadonlySet<unknown> = new Set(["57014", "55P03"]);

/** Whether a statement was ended by these limits; a smaller one may be in time. */
export const isOutOfTime = (error: unknown): boolean =>
  error instanceof Error && "code" in error && outOfTime.has(error.code);
