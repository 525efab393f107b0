import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { claimSeconds } from "./claim-removals.ts";

/** What one statement removes: its locks are held for moments. */
const messagesMax = 200;
const rowsMax = 5_000;
/** Of rows that hold whole messages. */
const contentsMax = 200;

/** Counted by the statement that removes: whoever dies in between has counted nothing, and nobody counts twice. */
const mailSql = `
  with batch as (
    select provider_id from messages where tenant_id = $1 and account_id = $2 limit ${messagesMax}
  ),
  named as (
    insert into account_removal_blobs (account_id, tenant_id, sha256)
    select distinct $2, $1, sha256 from attachments join batch using (provider_id)
    where tenant_id = $1 and account_id = $2 and sha256 is not null
    on conflict do nothing
  ),
  parts as (
    delete from attachments a using batch
    where a.tenant_id = $1 and a.account_id = $2 and a.provider_id = batch.provider_id
    returning 1
  ),
  gone as (
    delete from messages m using batch
    where m.tenant_id = $1 and m.account_id = $2 and m.provider_id = batch.provider_id
    returning 1
  )
  update account_removals set messages = messages + (select count(*) from gone),
    attachments = attachments + (select count(*) from parts),
    due_at = now() + make_interval(secs => ${claimSeconds})
  where tenant_id = $1 and account_id = $2
  returning (select count(*) from gone)::integer as removed`;

/**
 * Step "mail": removes some messages, with their attachments and exact bytes, and notes whose contents go with them.
 *
 * @returns false when none is left
 */
export async function removeSomeMail(pool: Pool, { tenantId, accountId }: AccountRef): Promise<boolean> {
  const { rows } = await pool.of(tenantId).query<{ removed: number }>(mailSql, [tenantId, accountId]);
  return (rows[0]?.removed ?? 0) > 0;
}

/** What else is held on an account, and is not mail; what another one hangs on comes after it. */
const restTables: readonly { readonly table: string; readonly where: string; readonly max: number }[] = [
  {
    table: "verification_messages",
    where: `tenant_id = $1 and verification_id in (
      select id from verifications where tenant_id = $1 and account_id = $2)`,
    max: rowsMax,
  },
  ...["verifications", "tombstones", "removed_labels", "labels", "claims", "sync_requests"].map((table) => ({
    table,
    where: "tenant_id = $1 and account_id = $2",
    max: rowsMax,
  })),
  { table: "dead_letter_contents", where: "tenant_id = $1 and account_id = $2", max: contentsMax },
];

/** Step "rest": removes some rows. @returns false when none is left */
export function removeSomeRest(pool: Pool, ref: AccountRef): Promise<boolean> {
  return removeSomeOf(pool, ref, restTables);
}

const trailTables: typeof restTables = [
  {
    table: "chunks",
    where: "tenant_id = $1 and sync_id in (select id from syncs where tenant_id = $1 and account_id = $2)",
    max: rowsMax,
  },
  ...["syncs", "dead_letters", "repairs", "webhook_deliveries"].map((table) => ({
    table,
    where: "tenant_id = $1 and account_id = $2",
    max: rowsMax,
  })),
  {
    table: "events",
    // What remains: the facts that say that it was removed.
    where: `tenant_id = $1 and account_id = $2
      and fact #>> '{course,removal,removedAt}' is null`,
    max: rowsMax,
  },
];

/** Step "trail": removes some of the views, of what tenants were told, and of the audit trail. @returns false when none is left */
export function removeSomeTrail(pool: Pool, ref: AccountRef): Promise<boolean> {
  return removeSomeOf(pool, ref, trailTables);
}

async function removeSomeOf(
  pool: Pool,
  { tenantId, accountId }: AccountRef,
  tables: typeof restTables,
): Promise<boolean> {
  for (const { table, where, max } of tables) {
    const { rowCount } = await pool
      .of(tenantId)
      .query(
        `delete from ${table} where ctid = any(array(select ctid from ${table} where ${where} limit ${max}))`,
        [tenantId, accountId],
      );
    if ((rowCount ?? 0) > 0) return true;
  }
  return false;
}

const forgetSql = `
  with tokens as (
    delete from access_tokens where tenant_id = $1 and account_id = $2
  )
  update accounts set sealed_credentials = '' where tenant_id = $1 and id = $2`;

/** Step "queue", in the database: what opened the mailbox is not kept a moment longer than it is needed. */
export async function forgetCredentials(pool: Pool, { tenantId, accountId }: AccountRef): Promise<void> {
  await pool.of(tenantId).query(forgetSql, [tenantId, accountId]);
}

const accountSql = `
  with named as (
    insert into account_removal_blobs (account_id, tenant_id, sha256)
    select distinct $2, $1, sha256 from attachments where tenant_id = $1 and account_id = $2 and sha256 is not null
    on conflict do nothing
  )
  delete from accounts where tenant_id = $1 and id = $2`;

const isLeftSql = `select exists (select from messages where tenant_id = $1 and account_id = $2) as "isLeft"`;

/**
 * Step "account": removes the account. What a worker still writes at this moment goes with it; what it writes later, the
 * database refuses, because its account is not there.
 *
 * @returns false when messages have come meanwhile: they are to go first
 */
export async function removeAccountRow(pool: Pool, { tenantId, accountId }: AccountRef): Promise<boolean> {
  const { rows } = await pool.of(tenantId).query<{ isLeft: boolean }>(isLeftSql, [tenantId, accountId]);
  if (rows[0]?.isLeft === true) return false;
  await pool.of(tenantId).query(accountSql, [tenantId, accountId]);
  return true;
}
