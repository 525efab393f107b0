import { limitedPool } from "./limited-pool.ts";
import { removeInPieces } from "./remove-in-pieces.ts";
import { type RemovedPart, removeNoted } from "./remove-noted.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

const rowsMax = 1_000;

/** $1 now, $2 one tenant or null, $3 rows; 0: only counted; $4 days where the tenant says nothing */
const tokensSql = `select tenant_id as "tenantId", count from remove_ended_tokens($1, $4, $2, $3)`;
const keysSql = `select tenant_id as "tenantId", count from remove_ended_keys($1, $4, $2, $3)`;

type Ports = Pick<RetentionPorts, "pool">;

/**
 * Removes tokens for browsers that ended so many days ago; until then it can be told to a page that its token has ended. The
 * tables of secrets are closed to the janitor: functions remove what has ended, and tell how many of whom.
 */
export const removeEndedTokens = (ports: Ports, days: number, scope: RetentionScope): Promise<void> =>
  removeEnded(ports, { kind: "browserTokens", sql: tokensSql, days }, scope);

/** Removes keys of the API that ended longer ago than the audit trail reaches back, whose entries name them. */
export const removeEndedKeys = (ports: Ports, auditDays: number, scope: RetentionScope): Promise<void> =>
  removeEnded(ports, { kind: "apiKeys", sql: keysSql, days: auditDays }, scope);

interface Ended {
  readonly kind: string;
  readonly sql: string;
  /** Where the tenant says nothing. */
  readonly days: number;
}

async function removeEnded(
  { pool }: Ports,
  { kind, sql, days }: Ended,
  scope: RetentionScope,
): Promise<void> {
  const removing = limitedPool(pool).ofNobody();
  const removeSome = async (max: number): Promise<number> => {
    const values = [scope.now, scope.tenantId, max, days];
    return removeNoted(
      removing,
      scope,
      kind,
      async (client) => (await client.query<RemovedPart>(sql, values)).rows,
    );
  };
  if (scope.isDryRun) await removeSome(0);
  else await removeInPieces(scope, rowsMax, removeSome);
}
