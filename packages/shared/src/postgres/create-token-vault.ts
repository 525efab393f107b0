import type { AccountRef } from "../events/subjects.ts";
import type {
  KeptToken,
  RefreshFailure,
  TokenRecord,
  TokenVault,
  VaultReading,
} from "../providers/token-vault.ts";
import type { Pool } from "./create-pool.ts";
import { type Keyring, KeyringError } from "./keyring.ts";
import { type ByAccount, readerByAccount, wantedAccounts } from "./read-by-account.ts";
import { accessTokenSeal } from "./seals.ts";

const epochMs = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;
const fromEpochMs = (parameter: string): string => `to_timestamp(${parameter}::float8 / 1000)`;

const reading: ByAccount = {
  name: "read-access-tokens",
  text: `
    select accounts.id is not null as "isKnown", ${epochMs("clock_timestamp()")} as "nowMs", t.version,
      t.grant_hash as "grant", t.sealed_token as "sealedToken", ${epochMs("t.refreshed_at")} as "refreshedAtMs",
      ${epochMs("t.expires_at")} as "expiresAtMs", ${epochMs("t.refreshing_until")} as "refreshingUntilMs", t.failure
    from ${wantedAccounts} left join access_tokens t on t.account_id = accounts.id
    order by place`,
};

/** One statement: whether the version is still the one before is decided under the row's lock. */
const writeSql = `
  insert into access_tokens as t (account_id, tenant_id, version, grant_hash, sealed_token, refreshed_at, expires_at,
    refreshing_until, failure)
  select a.id, a.tenant_id, $3::int, $4, $5, ${fromEpochMs("$6")}, ${fromEpochMs("$7")}, ${fromEpochMs("$8")}, $9::jsonb
  from accounts a where a.tenant_id = $1 and a.id = $2
  on conflict (account_id) do update set version = excluded.version, grant_hash = excluded.grant_hash,
    sealed_token = excluded.sealed_token, refreshed_at = excluded.refreshed_at, expires_at = excluded.expires_at,
    refreshing_until = excluded.refreshing_until, failure = excluded.failure
  where t.version = excluded.version - 1`;

type Nullable<T> = { readonly [Key in keyof T]: T[Key] | null };

interface Row
  extends Nullable<Pick<TokenRecord, "version" | "grant" | "refreshingUntilMs" | "failure">>,
    Nullable<Omit<KeptToken, "accessToken">> {
  /** The tenant has such an account. */
  readonly isKnown: boolean;
  readonly nowMs: number;
  readonly sealedToken: string | null;
}

/**
 * The access tokens in Postgres, sealed (rule I12). Takes a connection for the time of one statement only, and reads what
 * is wanted at the same moment with one.
 */
export function createTokenVault(pool: Pool, keyring: Keyring): TokenVault {
  const readRow = readerByAccount<Row>(pool, reading);
  return {
    async read(ref) {
      const row = await readRow(ref);
      return row.isKnown ? readingOf(row, keyring, ref) : null;
    },
    async write(ref, next) {
      const { version, grant, token, refreshingUntilMs, failure } = next;
      const { rowCount } = await pool.of(ref.tenantId).query({
        name: "write-access-token",
        text: writeSql,
        values: [
          ref.tenantId,
          ref.accountId,
          version,
          grant,
          token === null ? null : keyring.seal(token.accessToken, accessTokenSeal(ref)),
          token?.refreshedAtMs ?? null,
          token?.expiresAtMs ?? null,
          refreshingUntilMs,
          failure === null ? null : JSON.stringify(failure satisfies RefreshFailure),
        ],
      });
      return rowCount === 1;
    },
  };
}

function readingOf(row: Row, keyring: Keyring, ref: AccountRef): VaultReading {
  const { nowMs, version, grant, sealedToken, refreshedAtMs, expiresAtMs, refreshingUntilMs, failure } = row;
  if (version === null || grant === null) return { record: null, nowMs };
  const accessToken = sealedToken === null ? null : open(keyring, sealedToken, ref);
  const token =
    accessToken === null || refreshedAtMs === null || expiresAtMs === null
      ? null
      : { accessToken, refreshedAtMs, expiresAtMs };
  return { record: { version, grant, token, refreshingUntilMs, failure }, nowMs };
}

/** A token that does not open (its key was retired, or the row is not its own) is none: the provider gives another. */
function open(keyring: Keyring, sealedToken: string, ref: AccountRef): string | null {
  try {
    return keyring.open(sealedToken, accessTokenSeal(ref));
  } catch (error) {
    if (error instanceof KeyringError) return null;
    throw error;
  }
}
