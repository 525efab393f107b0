import { createHash } from "node:crypto";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { inTransaction } from "@millrace/shared/postgres/in-transaction";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import type { RetentionPorts } from "./retention-ports.ts";

/** What one transaction removes, and one fact names: its locks are held for moments. */
const messagesMax = 200;

const accountsSql = `
  select distinct account_id as "accountId", tenant_id as "tenantId" from messages where deleted_at < $1`;

/** What is being written at this moment may come back: its turn comes. */
const dueSql = `
  select provider_id as id, deleted_at::text as "deletedAt" from messages
  where tenant_id = $1 and account_id = $2 and deleted_at < $3
  order by deleted_at, provider_id
  limit ${messagesMax}
  for update skip locked`;

const removeSql = `
  with letters as (
    delete from dead_letter_contents where tenant_id = $1 and account_id = $2 and provider_id = any($3)
  )
  delete from messages where tenant_id = $1 and account_id = $2 and provider_id = any($3)`;

type Ports = Pick<RetentionPorts, "pool" | "append">;

/**
 * Removes messages for good that were marked as deleted before a time, with all that hangs on them. Of each batch a fact
 * says so first: a crash in between has it said again, under the same id.
 *
 * @returns how many
 */
export async function removeDeletedMessages(
  ports: Ports,
  deletedBefore: Date,
  signal: AbortSignal,
): Promise<number> {
  const { rows } = await ports.pool.ofAll().query<AccountRef>(accountsSql, [deletedBefore]);
  let removed = 0;
  for (const { tenantId, accountId } of rows) {
    let inBatch: number;
    do {
      signal.throwIfAborted();
      inBatch = await removeSome(ports, { tenantId, accountId }, deletedBefore);
      removed += inBatch;
    } while (inBatch === messagesMax);
  }
  return removed;
}

async function removeSome({ pool, append }: Ports, ref: AccountRef, deletedBefore: Date): Promise<number> {
  const owner = [ref.tenantId, ref.accountId];
  return inTransaction(pool.of(ref.tenantId), async (client) => {
    const { rows } = await client.query<Due>(dueSql, [...owner, deletedBefore]);
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await append(removalOf(ref, rows, deletedBefore));
    await client.query(removeSql, [...owner, ids]);
    return ids.length;
  });
}

interface Due {
  readonly id: string;
  /** Tells this deletion from another one of the message, later. */
  readonly deletedAt: string;
}

function removalOf(ref: AccountRef, due: readonly Due[], deletedBefore: Date): AppendEffect {
  const digest = createHash("sha256").update(JSON.stringify(due)).digest("hex");
  const messageIds = due.map(({ id }) => id);
  return {
    kind: "append",
    ref,
    eventId: `${ref.accountId}.removed.${digest.slice(0, 32)}`,
    expectedSeq: null,
    fact: { type: "messages.removed", messageIds, deletedBefore: deletedBefore.toISOString() },
  };
}
