import { z } from "zod";
import type { AccountRef } from "../events/subjects.ts";
import type { ContentMode } from "../mail/mail-message.ts";
import type { Pool } from "./create-pool.ts";
import type { Keyring } from "./keyring.ts";
import { type ByAccount, readByAccount, readerByAccount, wantedAccounts } from "./read-by-account.ts";
import { credentialsSeal } from "./seals.ts";

/** An account with its credentials opened. Never log it. */
export interface Account extends AccountRef {
  readonly provider: "gmail";
  readonly email: string;
  readonly content: ContentMode;
  /** What is kept of attachments beside their names and sizes: nothing, what was asked for once, or all. */
  readonly attachments: "metadata" | "lazy" | "eager";
  readonly refreshToken: string;
  /** Grows with each new connection of the mailbox. */
  readonly credentialsVersion: number;
  /** A hash of the credentials that were seen to open the account's own mailbox; null when nobody has looked yet. */
  readonly ownGrant: string | null;
  /** The mark of the newest look at the whole mailbox; null before the first. What is fetched now is newer than it. */
  readonly baseline: string | null;
  /** How many syncs of its tenant may run at once; null: any number. */
  readonly runningSyncsMax: number | null;
  /** Its tenant's: how many times as wide a window its syncs have. */
  readonly weight: number;
}

const credentialsSchema = z.object({ refreshToken: z.string() });
export type Credentials = z.infer<typeof credentialsSchema>;

const loading = (name: string, condition: string): ByAccount => ({
  name,
  text: `
    select provider, email, content, attachments, sealed_credentials as "sealedCredentials",
      credentials_version as "credentialsVersion",
      (select mark from mailbox_baselines b where b.tenant_id = accounts.tenant_id and b.account_id = accounts.id) as baseline,
      (select own_grant from access_tokens where account_id = accounts.id) as "ownGrant",
      running_syncs_max as "runningSyncsMax", weight
    from ${wantedAccounts} and ${condition} left join tenants on tenants.id = accounts.tenant_id
    order by place`,
});

const statement = loading("load-accounts", "accounts.removing_at is null");
const leavingStatement = loading("load-leaving-accounts", "accounts.removing_at is not null");

type Row = Omit<Account, keyof AccountRef | "refreshToken"> & {
  /** Null where there is no account, or one that is being removed. */
  readonly sealedCredentials: string | null;
};

/** Null when the tenant has no such account, or has asked for its removal: nothing may be done for it. */
export type LoadAccount = (ref: AccountRef) => Promise<Account | null>;

/** Null when the tenant has no such account, or has asked for its removal: nothing may be done for it. */
export async function loadAccount(pool: Pool, keyring: Keyring, ref: AccountRef): Promise<Account | null> {
  const [row] = await readByAccount<Row>(pool, statement, [ref]);
  return accountOf(row, keyring, ref);
}

/** Null when the tenant has no such account that is being removed, or its credentials are forgotten already. */
export async function loadLeavingAccount(
  pool: Pool,
  keyring: Keyring,
  ref: AccountRef,
): Promise<Account | null> {
  const [row] = await readByAccount<Row>(pool, leavingStatement, [ref]);
  return row?.sealedCredentials === "" ? null : accountOf(row, keyring, ref);
}

/** One that asks for all that are wanted at the same moment with one statement. */
export function createAccountLoader(pool: Pool, keyring: Keyring): LoadAccount {
  const read = readerByAccount<Row>(pool, statement);
  return async (ref) => accountOf(await read(ref), keyring, ref);
}

function accountOf(row: Row | undefined, keyring: Keyring, ref: AccountRef): Account | null {
  if (row === undefined || row.sealedCredentials === null) return null;
  const { sealedCredentials, ...account } = row;
  const opened = credentialsSchema.parse(JSON.parse(keyring.open(sealedCredentials, credentialsSeal(ref))));
  return { ...ref, ...account, refreshToken: opened.refreshToken };
}

/** Seals what a mailbox is read with, bound to its account. */
export function sealCredentials(keyring: Keyring, ref: AccountRef, credentials: Credentials): string {
  return keyring.seal(JSON.stringify(credentials), credentialsSeal(ref));
}
