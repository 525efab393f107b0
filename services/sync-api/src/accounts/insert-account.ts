import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Queries } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import { type Credentials, sealCredentials } from "@millrace/shared/postgres/load-account";
import { firstRunMs } from "@millrace/shared/schedules/first-run";
import type { Schedule } from "@millrace/shared/schedules/schedule";
import type { Account } from "../resources/account.ts";

export interface NewAccount
  extends GivenConsent,
    Pick<Account, "provider" | "email" | "content" | "attachments"> {
  readonly schedule: Schedule;
}

/** What a mailbox is opened with. */
export interface GivenConsent {
  readonly credentials: Credentials;
  /** Null: it has no end that we know. */
  readonly consentEndsAt: Date | null;
}

/** One mailbox of a tenant is one account, however its address is written. */
const insertSql = `
  with connected as (
    insert into accounts (id, tenant_id, provider, email, content, attachments, sealed_credentials, consent_ends_at)
    values ($1, $2, $3, $4, $5, $6, $7, $10)
    on conflict do nothing
    returning id, tenant_id
  )
  insert into schedules (account_id, tenant_id, schedule, next_run_at)
  select id, tenant_id, $8::jsonb, $9::timestamptz from connected`;

export const findMailboxSql = `
  select id, removing_at is not null as "isRemoving" from mailboxes
  where tenant_id = $1 and provider = $2 and mailbox_key(email) = mailbox_key($3)`;

/** The account that has a mailbox. */
export interface MailboxHolder {
  readonly id: string;
  readonly isRemoving: boolean;
}

/**
 * Writes a new account, with its credentials sealed and its schedule begun.
 *
 * @returns false when the tenant has the mailbox already: nothing is changed then
 */
export async function insertAccount(
  database: Queries,
  keyring: Keyring,
  ref: AccountRef,
  { provider, email, content, attachments, schedule, credentials, consentEndsAt }: NewAccount,
): Promise<boolean> {
  const sealed = sealCredentials(keyring, ref, credentials);
  const nextRunMs = firstRunMs(schedule, Date.now(), Math.random());
  const nextRunAt = nextRunMs === null ? null : new Date(nextRunMs);
  const planned = [JSON.stringify(schedule), nextRunAt];
  const values = [
    ref.accountId,
    ref.tenantId,
    provider,
    email,
    content,
    attachments,
    sealed,
    ...planned,
    consentEndsAt,
  ];
  const { rowCount } = await database.query(insertSql, values);
  return rowCount !== 0;
}

/** The tenant's account of a mailbox, however its address is written; null when there is none. */
export async function findAccountOfMailbox(
  database: Queries,
  tenantId: string,
  { provider, email }: Pick<NewAccount, "provider" | "email">,
): Promise<MailboxHolder | null> {
  const { rows } = await database.query<MailboxHolder>(findMailboxSql, [tenantId, provider, email]);
  return rows[0] ?? null;
}
