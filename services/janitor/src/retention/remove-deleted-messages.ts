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

/** What was deleted before this has had its time, of the tenant `t`. $1 now, $2 days where the tenant says nothing. */
const keptUntil = `
  $1::timestamptz - make_interval(days => coalesce((t.retention ->> 'deletedMessagesDays')::integer, $2::integer))`;

/** Of accounts that are not held: how many messages are due. $3 one tenant or null. */
const accountsSql = `
  select m.account_id as "accountId", m.tenant_id as "tenantId", count(*)::float8 as messages,
    sum(m.size_bytes)::float8 as bytes
  from messages m
  join accounts a on a.id = m.account_id and a.held_at is null
  join tenants t on t.id = m.tenant_id
  where m.deleted_at < ${keptUntil} and ($3::text is null or m.tenant_id = $3)
  group by m.account_id, m.tenant_id`;

interface DueAccount extends AccountRef {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * By the tenant's period as it is now: one that was made longer holds for what the run has not come to. What is being written
 * at this moment may come back: its turn comes. $3 and $4 the account, $5 rows.
 */
const dueSql = `
  with kept as materialized (select ${keptUntil} as until from tenants t where t.id = $3)
  select provider_id as id, deleted_at::text as "deletedAt", size_bytes::float8 as "sizeBytes",
    (select until from kept) as "deletedBefore"
  from messages
  where tenant_id = $3 and account_id = $4 and deleted_at < (select until from kept)
  order by deleted_at, provider_id
  limit $5
  for update skip locked`;

const removeSql = `
  with letters as (
    delete from dead_letter_contents where tenant_id = $1 and account_id = $2 and provider_id = any($3)
  )
  delete from messages where tenant_id = $1 and account_id = $2 and provider_id = any($3)`;

type Ports = Pick<RetentionPorts, "pool" | "append">;

/**
 * Removes messages for good that have been marked as deleted for their time, with all that hangs on them. Of each batch a fact
 * says so, once the database has let go of them and before it is for good: what it cannot remove is not named, and a crash in
 * between has the same said again, under the same id.
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
  for (const { tenantId, accountId, messages, bytes } of rows) {
    if (scope.isDryRun) {
      scope.count("messages", tenantId, messages, bytes);
      continue;
    }
    await removeInPieces(scope, messagesMax, async (max) => {
      const removed = await removeSome(ports, { tenantId, accountId }, days, max, scope);
      scope.count("messages", tenantId, removed.count, removed.bytes);
      return removed.count;
    });
  }
}

async function removeSome(
  { pool, append }: Ports,
  ref: AccountRef,
  days: number,
  max: number,
  scope: RetentionScope,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const owner = [ref.tenantId, ref.accountId];
  const dueValues = [scope.now, days, ...owner, max];
  const removed = await whileUnheld(pool, ref, async (client) => {
    const { rows } = await client.query<Due>(dueSql, dueValues);
    const [first] = rows;
    if (first === undefined) return nothing;
    const ids = rows.map(({ id }) => id);
    await client.query(removeSql, [...owner, ids]);
    const bytes = rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const part = { tenantId: ref.tenantId, count: rows.length, bytes };
    await noteRemoved(client, scope, "messages", [part]);
    await append(removalOf(ref, rows, first.deletedBefore));
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
  /** The same for all of them. */
  readonly deletedBefore: Date;
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
