import type { Pool } from "../postgres/create-pool.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { type BlobStore, BlobStoreAwayError } from "./blob-store.ts";
import { type Installation, installationSql } from "./installation.ts";
import { ForeignBlobStoreError, MissingBlobStoreError } from "./store-mark-errors.ts";

/** So many blobs of a store that nobody has claimed are looked up in our rows. */
const samplesMax = 50;

const knownSql = "select names_any_blob($1) as known";

export interface OwnedStoreOptions {
  /** For so long a mark that was seen is believed. 0: it is read before each operation, as is cheap in a folder. */
  readonly markMs?: number;
  /** The store in words: its folder, or bucket and prefix. */
  readonly place?: string;
  readonly log?: Pick<Logger, "error" | "info">;
}

/**
 * A store to which only one installation writes, and from which only it removes: to another one all of its content would
 * be without a row. Whose it is, is looked at before each operation. One without an owner becomes ours with the first put, if
 * it is empty or has content of ours; before that, nothing is removed from it. The database then knows that a store was
 * claimed, and one without a mark is no store any more: the disk of an unmounted folder is not begun anew.
 *
 * @throws {BlobStoreAwayError} from each method, whose cause is a {@link ForeignBlobStoreError} or {@link MissingBlobStoreError}
 */
export function ownedStore(store: BlobStore, pool: Pool, options: OwnedStoreOptions = {}): BlobStore {
  const isOwn = createMarkCheck(store, pool, options);

  const claim = async (): Promise<void> => {
    if (await isOwn()) return;
    const { id } = await readInstallation(pool);
    if (!(await isEmptyOrKnown(store, pool))) throw foreign("holds content that none of our rows names", id);
    await store.claim(id);
    await isOwn();
  };

  return {
    ...store,
    async put(source, signal) {
      await claim();
      return store.put(source, signal);
    },
    async open(sha256, range, signal) {
      await isOwn();
      return store.open(sha256, range, signal);
    },
    async has(sha256) {
      await isOwn();
      return store.has(sha256);
    },
    async delete(sha256, notSince) {
      return (await isOwn()) && store.delete(sha256, notSince);
    },
    async *list(after) {
      await isOwn();
      yield* store.list(after);
      await isOwn(); // A folder that went meanwhile looks like one that has ended.
    },
    async removeUnfinished(before) {
      return (await isOwn()) ? store.removeUnfinished(before) : 0;
    },
  };
}

/** @returns what answers false when nobody owns the store yet, and throws when it is not ours; a loss is logged once */
function createMarkCheck(
  store: BlobStore,
  pool: Pool,
  { markMs = 0, place = "The store of attachments", log }: OwnedStoreOptions,
): () => Promise<boolean> {
  let ours: Installation | null = null;
  let seenUntilMs = 0;
  let isMissing = false;

  return async () => {
    if (Date.now() < seenUntilMs) return true;
    // Before the mark, which is there before the database knows of it.
    if (ours?.isClaimed !== true) ours = await readInstallation(pool);
    const owner = await store.owner();
    if (owner === null && !ours.isClaimed) return false;
    if (owner === null) {
      const error = new MissingBlobStoreError(place, ours.id);
      if (!isMissing) log?.error({ event: "blobs.mark_missing", err: error }, "the blob store is not there");
      isMissing = true;
      throw new BlobStoreAwayError(error);
    }
    if (owner !== ours.id) throw foreign(`belongs to installation ${owner}`, ours.id);
    if (isMissing) log?.info({ event: "blobs.mark_found" }, "the blob store is there again");
    isMissing = false;
    if (!ours.isClaimed) await pool.ofNobody().query("select note_blob_store()");
    ours = { id: ours.id, isClaimed: true };
    seenUntilMs = Date.now() + markMs;
    return true;
  };
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

async function readInstallation(pool: Pool): Promise<Installation> {
  const { rows } = await pool.ofNobody().query<Installation>(installationSql);
  const [row] = rows;
  if (row === undefined)
    throw new Error('The table "installation" is empty: its one row comes with the migrations.');
  return row;
}
