import { confirmKeyring } from "../postgres/confirm-keyring.ts";
import type { Pool } from "../postgres/create-pool.ts";
import { Keyring } from "../postgres/keyring.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { waitForStores } from "./wait-for-stores.ts";

/**
 * A service's keys, known to be the right ones.
 *
 * @param keys as MILLRACE_ENCRYPTION_KEYS has them
 * @throws {KeyringError}
 */
export async function openKeyring(
  keys: string,
  { pool, log, shutdown }: { pool: Pool; log: Logger; shutdown: { readonly signal: AbortSignal } },
): Promise<Keyring> {
  const keyring = Keyring.parse(keys);
  await waitForStores("encryption keys", log, shutdown.signal, () =>
    confirmKeyring(pool.ofNobody(), keyring),
  );
  return keyring;
}
