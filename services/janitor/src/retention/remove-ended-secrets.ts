import { limitedPool } from "./limited-pool.ts";
import { removeInPieces } from "./remove-in-pieces.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

const rowsMax = 1_000;
/** For a day it can be told to a page that its token has ended. */
const tokenGraceDays = 1;

/** $1 now, $2 one tenant or null, $3 rows; 0: only counted */
const tokensSql = `
  select tenant_id as "tenantId", count
  from remove_ended_tokens($1::timestamptz - interval '${tokenGraceDays} days', $2, $3)`;
/** As above; $4 days where the tenant says nothing. */
const keysSql = `select tenant_id as "tenantId", count from remove_ended_keys($1, $4, $2, $3)`;

type Ports = Pick<RetentionPorts, "pool">;

/**
 * Removes tokens for browsers that ended a day ago. The tables of secrets are closed to the janitor: functions remove what has
 * ended, and tell how many of whom.
 */
export const removeEndedTokens = (ports: Ports, scope: RetentionScope): Promise<void> =>
  removeEnded(ports, { kind: "browserTokens", sql: tokensSql, values: [] }, scope);

/** Removes keys of the API that ended longer ago than the audit trail reaches back, whose entries name them. */
export const removeEndedKeys = (ports: Ports, auditDays: number, scope: RetentionScope): Promise<void> =>
  removeEnded(ports, { kind: "apiKeys", sql: keysSql, values: [auditDays] }, scope);

interface Ended {
  readonly kind: string;
  readonly sql: string;
  readonly values: readonly unknown[];
}

async function removeEnded(
  { pool }: Ports,
  { kind, sql, values }: Ended,
  scope: RetentionScope,
): Promise<void> {
  const removing = limitedPool(pool).ofNobody();
  const removeSome = async (max: number): Promise<number> => {
    const all = [scope.now, scope.tenantId, max, ...values];
    const { rows } = await removing.query<{ tenantId: string; count: number }>(sql, all);
    for (const { tenantId, count } of rows) scope.count(kind, tenantId, count);
    return rows.reduce((sum, { count }) => sum + count, 0);
  };
  if (scope.isDryRun) await removeSome(0);
  else await removeInPieces(scope, rowsMax, removeSome);
}
