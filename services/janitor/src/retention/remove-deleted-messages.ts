import { createHash } from "node:crypto";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import { removeInPieces } from "./remove-in-pieces.ts";
import { noteRemoved } from "./remove-noted.ts";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";
import { whileUnheld } from "./while-unheld.ts";

/** What one transaction removes, and one fact names: its locks are held for moments. */
const messagesMax = 200;

/** Of accounts that are not held: how many messages are due, and since when. */
const accountsSql = `
  select m.account_id as "accountId", m.tenant_id as "tenantId", due.before, count(*)::float8 as messages,
    sum(m.size_bytes)::float8 as bytes
  from messages m
  join accounts a on a.id = m.account_id and a.held_at is null
  join tenants t on t.id = m.tenant_id
  cross join lateral (
    select $1::timestamptz - make_interval(days => coalesce((t.retention ->> 'deletedMessagesDays')::integer, $2::integer)) as before
  ) as due
  where m.deleted_at < due.before and ($3::text is null or m.tenant_id = $3)
  group by m.account_id, m.tenant_id, due.before`;

interface DueAccount extends AccountRef {
  readonly before: Date;
  readonly messages: number;
  readonly bytes: number;
}

/** What is being written at this moment may come back: its turn comes. */
const dueSql = `
  select provider_id as id, deleted_at::text as "deletedAt", size_bytes::float8 as "sizeBytes" from messages
  where tenant_id = $1 and account_id = $2 and deleted_at < $3
  order by deleted_at, provider_id
  limit $4
  for update skip locked`;

const removeSql = `
  with letters as (
    delete from dead_letter_contents where tenant_id = $1 and account_id = $2 and provider_id = any($3)
  )
  delete from messages where tenant_id = $1 and account_id = $2 and provider_id = any($3)`;

type Ports = Pick<RetentionPorts, "pool" | "append">;

/**
 * Removes messages for good that have been marked as deleted for their time, with all that hangs on them. Of each batch a fact
 * says so first: a crash in between has it said again, under the same id.
 *
 * @param days how long they are kept where their tenant says nothing
 */
export async function removeDeletedMessages(
  ports: Ports,
  days: number,
  scope: RetentionScope,
): Promise<void> {
  const values = [scope.now, days, scope.tenantId];
  const { rows } = await ports.pool.ofAll().query<DueAccount>(accountsSql, values);
  for (const { tenantId, accountId, before, messages, bytes } of rows) {
    if (scope.isDryRun) {
      scope.count("messages", tenantId, messages, bytes);
      continue;
    }
    await removeInPieces(scope, messagesMax, async (max) => {
      const removed = await removeSome(ports, { tenantId, accountId }, before, max, scope);
      scope.count("messages", tenantId, removed.count, removed.bytes);
      return removed.count;
    });
  }
}

async function removeSome(
  { pool, append }: Ports,
  ref: AccountRef,
  deletedBefore: Date,
  max: number,
  scope: RetentionScope,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const owner = [ref.tenantId, ref.accountId];
  const removed = await whileUnheld(pool, ref, async (client) => {
    const { rows } = await client.query<Due>(dueSql, [...owner, deletedBefore, max]);
    if (rows.length === 0) return nothing;
    const ids = rows.map(({ id }) => id);
    await append(removalOf(ref, rows, deletedBefore));
    await client.query(removeSql, [...owner, ids]);
    const bytes = rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const part = { tenantId: ref.tenantId, count: rows.length, bytes };
    await noteRemoved(client, scope, "messages", [part]);
    return part;
  });
  return removed ?? nothing;
}

const nothing = { count: 0, bytes: 0 };

interface Due {
  readonly id: string;
  /** Tells this deletion from another one of the message, later. */
  readonly deletedAt: string;
  readonly sizeBytes: number;
}

function removalOf(ref: AccountRef, due: readonly Due[], deletedBefore: Date): AppendEffect {
  const told = due.map(({ id, deletedAt }) => ({ id, deletedAt }));
  const digest = createHash("sha256").update(JSON.stringify(told)).digest("hex");
  const messageIds = due.map(({ id }) => id);
  return {
    kind: "append",
    ref,
    eventId: `${ref.accountId}.removed.${digest.slice(0, 32)}`,
    expectedSeq: null,
    fact: { type: "messages.removed", messageIds, deletedBefore: deletedBefore.toISOString() },
  };
}
