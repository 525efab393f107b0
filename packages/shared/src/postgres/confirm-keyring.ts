import type { Queries } from "./create-pool.ts";
import { type Keyring, KeyringError } from "./keyring.ts";

const sample = "millrace";
const boundTo = (keyId: string): string => `key/${keyId}`;

const noteSql = "insert into encryption_keys (id, sample) values ($1, $2) on conflict (id) do nothing";
const readSql = "select id, sample from encryption_keys order by created_at, id";

/**
 * Makes sure that the ring opens what is here: whoever starts with a wrong key is told so, and not when a mailbox is read.
 * The key that seals is noted, with a sample.
 *
 * @throws {KeyringError} says which key is missing, or is another one than before
 */
export async function confirmKeyring(database: Queries, keyring: Keyring): Promise<void> {
  const { activeKeyId } = keyring;
  const known = await compareKeyring(database, keyring);
  if (known.some(({ id }) => id === activeKeyId)) return;
  // Only now: a ring that is refused leaves nothing behind that the right one would be asked for.
  await database.query(noteSql, [activeKeyId, keyring.seal(sample, boundTo(activeKeyId))]);
  // Of two that note another key under one name at the same time, one finds that its is not the one.
  for (const key of await readKnown(database)) if (key.id === activeKeyId) confirmKey(keyring, key);
}

/**
 * Whether the ring opens what is here; notes nothing.
 *
 * @throws {KeyringError} says which key is missing, or is another one than before
 */
export async function compareKeyring(database: Queries, keyring: Keyring): Promise<readonly KnownKey[]> {
  const known = await readKnown(database);
  for (const key of known) confirmKey(keyring, key);
  return known;
}

interface KnownKey {
  readonly id: string;
  readonly sample: string;
}

const readKnown = async (database: Queries): Promise<readonly KnownKey[]> =>
  (await database.query<KnownKey>(readSql)).rows;

function confirmKey(keyring: Keyring, known: KnownKey): void {
  if (!keyring.has(known.id))
    throw new KeyringError(
      `MILLRACE_ENCRYPTION_KEYS lacks the key "${known.id}", which has sealed credentials that are still here. ` +
        "Put it back, behind the one that is to seal; after `millrace encryption-keys rotate` it may go.",
    );
  if (!opens(keyring, known))
    throw new KeyringError(
      `The key "${known.id}" in MILLRACE_ENCRYPTION_KEYS is not the one that has sealed the credentials here. ` +
        "Put the right one back; a new key needs a name of its own.",
    );
}

function opens(keyring: Keyring, known: KnownKey): boolean {
  try {
    return keyring.open(known.sample, boundTo(known.id)) === sample;
  } catch (error) {
    if (error instanceof KeyringError) return false;
    throw error;
  }
}
