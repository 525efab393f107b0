import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { sealCredentials } from "@millrace/shared/postgres/load-account";
import type pg from "pg";

export interface BenchAccount extends AccountRef {
  readonly email: string;
  readonly refreshToken: string;
}

const tenantsSql = `insert into tenants (id, name) select distinct id, id from unnest($1::text[]) as t (id) on conflict do nothing`;

const accountsSql = `
  with connected as (
    insert into accounts (id, tenant_id, provider, email, content, sealed_credentials)
    select id, tenant_id, 'gmail', email, $5, sealed
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as a (id, tenant_id, email, sealed)
    returning id, tenant_id
  )
  insert into schedules (account_id, tenant_id) select id, tenant_id from connected`;

/** Connects simulated mailboxes as the API does, in one statement however many; their tenants are made. Nothing polls them. */
export async function insertAccounts(
  database: pg.Pool,
  encryptionKeys: string,
  mailboxes: readonly { readonly tenantId: string; readonly email: string }[],
  content: ContentMode,
): Promise<readonly BenchAccount[]> {
  const keyring = Keyring.parse(encryptionKeys);
  const accounts = mailboxes.map(({ tenantId, email }) => ({
    tenantId,
    email,
    accountId: newId("acc"),
    refreshToken: `sim-refresh-${email}`,
  }));
  await database.query(tenantsSql, [accounts.map(({ tenantId }) => tenantId)]);
  await database.query(accountsSql, [
    accounts.map(({ accountId }) => accountId),
    accounts.map(({ tenantId }) => tenantId),
    accounts.map(({ email }) => email),
    accounts.map(({ refreshToken, ...ref }) => sealCredentials(keyring, ref, { refreshToken })),
    content,
  ]);
  return accounts;
}
