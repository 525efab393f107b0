import type { AccountRef } from "../events/subjects.ts";
import type { Pool, PoolClient } from "../postgres/create-pool.ts";
import { inTransaction } from "../postgres/in-transaction.ts";
import {
  type VerificationClaim,
  VerificationClaimLostError,
  type VerificationPosition,
  verificationPositionSchema,
} from "./verification.ts";

const claimSql = `
  update verifications set claim = claim + 1
  where id = $1 and tenant_id = $2 and account_id = $3
  returning claim, status, position, baseline, label_ids as "labelIds", sync_id is not null as "isOfSync",
    trigger = 'schedule' as "isScheduled"`;

interface Row {
  readonly claim: number;
  readonly status: "running" | "completed" | "failed";
  readonly position: unknown;
  readonly baseline: string | null;
  readonly labelIds: string[];
  readonly isOfSync: boolean;
  readonly isScheduled: boolean;
}

export interface ClaimedVerification {
  readonly status: Row["status"];
  readonly claim: VerificationClaim;
  readonly position: VerificationPosition;
}

/** Claims a verification, so that whoever claimed it before moves it no more; null when the account has none of this id. */
export async function claimVerification(
  pool: Pool,
  ref: AccountRef,
  id: string,
): Promise<ClaimedVerification | null> {
  const { rows } = await pool.of(ref.tenantId).query<Row>(claimSql, [id, ref.tenantId, ref.accountId]);
  const [row] = rows;
  if (row === undefined) return null;
  const { status, position, ...claim } = row;
  return { status, claim: { ref, id, ...claim }, position: verificationPositionSchema.parse(position) };
}

const moveSql = `
  update verifications set position = $3, pages = pages + 1
  where id = $1 and claim = $2 and status = 'running'`;

/**
 * Moves a verification on: what was found and the position in one transaction, and only while the claim holds. So
 * a page counts once, however often its work is done.
 *
 * @throws {VerificationClaimLostError}
 */
export async function moveVerification(
  pool: Pool,
  { ref, id, claim }: VerificationClaim,
  position: VerificationPosition,
  write: (client: PoolClient) => Promise<unknown> = async () => {},
): Promise<void> {
  const move = async (client: PoolClient): Promise<void> => {
    const { rowCount } = await client.query(moveSql, [id, claim, JSON.stringify(position)]);
    if (rowCount !== 1) throw new VerificationClaimLostError(id);
    await write(client);
  };
  const isSound = (error: unknown): boolean => error instanceof VerificationClaimLostError;
  await inTransaction(pool.of(ref.tenantId), move, isSound);
}
