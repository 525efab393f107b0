import { newSyncId } from "@millrace/shared/events/identifiers";
import { createGrantBook } from "@millrace/shared/postgres/create-grant-book";
import { createPool } from "@millrace/shared/postgres/create-pool";
import { createTokenVault } from "@millrace/shared/postgres/create-token-vault";
import { Keyring } from "@millrace/shared/postgres/keyring";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import type pg from "pg";
import { forEachTogether } from "../harness/for-each-together.ts";
import type { BenchAccount } from "../harness/insert-accounts.ts";

const together = 16;
/**
 * A token holds for an hour and is asked for at a poll, and polls are an hour apart, a fifth more or less: it is replaced at
 * the next poll or at the one after it, so of ten polls seven find that theirs has run out.
 */
const endedShare = 0.7;

interface Place {
  readonly database: pg.Pool;
  readonly databaseUrl: string;
  readonly gmailUrl: string;
  readonly encryptionKeys: string;
}

interface Rhythm {
  readonly intervalSeconds: number;
  /** When the tokens end that the next poll finds to have run out. */
  readonly tokensEndInSeconds: number;
}

const statesSql = `
  with synced as (
    insert into syncs (id, tenant_id, account_id, status, requested_mode, mode, trigger, chunk_size, window_chunks, content,
      baseline, watermark, requested_at, started_at, ended_at, listed, listing_complete, chunks_listed, chunks_settled,
      settled, stored, created_at, epoch, seq)
    select sync_id, tenant_id, account_id, 'completed', 'auto', 'full', 'api', 100, 8, 'full', watermark, watermark,
      now(), now(), now(), 1, true, 1, 1, 1, 1, now(), 1, 0
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as a (account_id, tenant_id, sync_id, watermark)
    returning account_id, tenant_id, id, watermark
  )
  insert into account_states (account_id, tenant_id, watermark, last_sync_id, last_synced_at, epoch, seq)
  select account_id, tenant_id, watermark, id, now(), 1, 0 from synced`;

const tokensSql = `
  update access_tokens set expires_at = now() + make_interval(secs => $1) where random() < ${endedShare}`;

const dueSql = `update schedules set next_run_at = now(), interval_seconds = $1`;

/**
 * Makes of accounts that are connected what their first sync makes of them, as far as anybody looks at it while nothing
 * happens: an access token, credentials that were seen to open their own mailbox, a watermark, a sync that has completed.
 * The provider is asked with Millrace's own client. All are due for a poll.
 */
export async function seedIdleAccounts(
  { database, databaseUrl, gmailUrl, encryptionKeys }: Place,
  accounts: readonly BenchAccount[],
  { intervalSeconds, tokensEndInSeconds }: Rhythm,
): Promise<void> {
  const pool = createPool(databaseUrl, "fetcher", 4, createLogger("bench", "warn"));
  const provider = createGmailProvider({
    vault: createTokenVault(pool, Keyring.parse(encryptionKeys)),
    grants: createGrantBook(pool),
    rootUrl: `${gmailUrl}/`,
    tokenUrl: `${gmailUrl}/token`,
    clientId: "bench",
    clientSecret: "bench",
  });
  const watermarks: string[] = [];
  try {
    await forEachTogether(accounts, together, async (account, index) => {
      const profile = await provider.connect(account).getProfile();
      if (!profile.ok) throw new Error(`A profile was refused: ${profile.fault.message}`);
      watermarks[index] = profile.value.watermark;
    });
  } finally {
    provider.close();
    await pool.end();
  }
  await database.query(statesSql, [
    accounts.map(({ accountId }) => accountId),
    accounts.map(({ tenantId }) => tenantId),
    accounts.map((account) => newSyncId(account)),
    watermarks,
  ]);
  await database.query(tokensSql, [tokensEndInSeconds]);
  await database.query(dueSql, [intervalSeconds]);
  await database.query("analyze");
}
