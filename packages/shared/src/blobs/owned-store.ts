import type { Pool } from "../postgres/create-pool.ts";
import { type BlobStore, BlobStoreAwayError } from "./blob-store.ts";

/**
 * A store to which only one installation writes, and from which only it removes: to another one all of its content would
 * be without a row. Whose it is, is looked at before the first of either. A store without an owner becomes ours.
 */
export function ownedStore(store: BlobStore, pool: Pool): BlobStore {
  let isOurs = false;
  const claim = async (): Promise<void> => {
    if (isOurs) return;
    const ours = await installationId(pool);
    const owner = await store.claim(ours);
    if (owner !== ours) throw new BlobStoreAwayError(new ForeignBlobStoreError(owner, ours));
    isOurs = true;
  };
  return {
    ...store,
    async put(source, signal) {
      await claim();
      return store.put(source, signal);
    },
    async delete(sha256, notSince) {
      await claim();
      return store.delete(sha256, notSince);
    },
  };
}

export class ForeignBlobStoreError extends Error {
  readonly code = "foreign_blob_store";
  constructor(owner: string, installation: string) {
    super(
      `The blob store belongs to installation ${owner}, and this is ${installation} (table "installation"): ` +
        "give each a folder, bucket or prefix of its own. If it is this one's, write its id into the store's file `owner`.",
    );
    this.name = "ForeignBlobStoreError";
  }
}

async function installationId(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>("select id from installation");
  const [row] = rows;
  if (row === undefined)
    throw new Error('The table "installation" is empty: its one row comes with the migrations.');
  return row.id;
}
