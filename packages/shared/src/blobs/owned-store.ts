import type { Pool } from "../postgres/create-pool.ts";
import { type BlobStore, BlobStoreAwayError } from "./blob-store.ts";

/** So many blobs of a store that nobody has claimed are looked up in our rows. */
const samplesMax = 50;

const knownSql = "select names_any_blob($1) as known";

/**
 * A store to which only one installation writes, and from which only it removes: to another one all of its content would
 * be without a row. Whose it is, is looked at before the first of either. One without an owner becomes ours with the first
 * put, if it is empty or has content of ours; before that, nothing is removed from it.
 */
export function ownedStore(store: BlobStore, pool: Pool): BlobStore {
  let isOurs = false;

  /** @returns false when nobody owns it yet */
  const isOwn = async (): Promise<boolean> => {
    if (isOurs) return true;
    const [ours, owner] = [await installationId(pool), await store.owner()];
    if (owner === null) return false;
    if (owner !== ours) throw foreign(`belongs to installation ${owner}`, ours);
    isOurs = true;
    return true;
  };

  const claim = async (): Promise<void> => {
    if (await isOwn()) return;
    const ours = await installationId(pool);
    if (!(await isEmptyOrKnown(store, pool)))
      throw foreign("holds content that none of our rows names", ours);
    await store.claim(ours);
    await isOwn();
  };

  return {
    ...store,
    async put(source, signal) {
      await claim();
      return store.put(source, signal);
    },
    async delete(sha256, notSince) {
      return (await isOwn()) && store.delete(sha256, notSince);
    },
    async removeUnfinished(before) {
      return (await isOwn()) ? store.removeUnfinished(before) : 0;
    },
  };
}

export class ForeignBlobStoreError extends Error {
  readonly code = "foreign_blob_store";
  constructor(why: string, installation: string) {
    super(
      `The blob store ${why}, and this is installation ${installation}: give each a folder, bucket or prefix of its own. ` +
        "If the store is this one's, write that id into its file `owner`.",
    );
    this.name = "ForeignBlobStoreError";
  }
}

const foreign = (why: string, installation: string): BlobStoreAwayError =>
  new BlobStoreAwayError(new ForeignBlobStoreError(why, installation));

async function isEmptyOrKnown(store: BlobStore, pool: Pool): Promise<boolean> {
  const names: string[] = [];
  for await (const { sha256 } of store.list()) {
    names.push(sha256);
    if (names.length === samplesMax) break;
  }
  if (names.length === 0) return true;
  const { rows } = await pool.ofNobody().query<{ known: boolean }>(knownSql, [names]);
  return rows[0]?.known === true;
}

async function installationId(pool: Pool): Promise<string> {
  const { rows } = await pool.ofNobody().query<{ id: string }>("select id from installation");
  const [row] = rows;
  if (row === undefined)
    throw new Error('The table "installation" is empty: its one row comes with the migrations.');
  return row.id;
}
