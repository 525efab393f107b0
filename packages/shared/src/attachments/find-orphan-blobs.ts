import type { BlobStore, ListedBlob } from "../blobs/blob-store.ts";
import type { SweepingPool } from "../postgres/create-pool.ts";

/** Blobs that are listed, and that the database is asked about, at once. */
const blobsMax = 500;

/** Over all tenants: content is there once, whoever has it. */
const unnamedSql = `
  select name from unnest($1::text[]) as listed (name)
  where not exists (select from attachments where sha256 = listed.name)`;

/** A piece of the store, in the order of names. */
export interface LookedAt {
  readonly orphans: readonly ListedBlob[];
  /** The last one that was looked at. */
  readonly last: string;
}

/**
 * Looks for blobs that no row names and that were put before a time, piece by piece. Between content and its row pass
 * moments, or an outage of the database: choose an age of hours at least. Remove one with `blobs.delete(sha256, olderThan)`,
 * which leaves what was put again meanwhile; if a row names it all the same, its content is fetched anew when it is asked
 * for.
 *
 * @param after where an earlier look came to; null: at the beginning
 */
export async function* findOrphanBlobs(
  pool: SweepingPool,
  blobs: Pick<BlobStore, "list">,
  olderThan: Date,
  after: string | null = null,
): AsyncGenerator<LookedAt> {
  let piece: ListedBlob[] = [];
  for await (const blob of after === null ? blobs.list() : blobs.list(after)) {
    piece.push(blob);
    if (piece.length < blobsMax) continue;
    yield lookAt(pool, piece, olderThan);
    piece = [];
  }
  if (piece.length > 0) yield lookAt(pool, piece, olderThan);
}

async function lookAt(pool: SweepingPool, piece: readonly ListedBlob[], olderThan: Date): Promise<LookedAt> {
  const last = piece.at(-1)?.sha256 ?? "";
  const old = piece.filter(({ putAt }) => putAt < olderThan);
  if (old.length === 0) return { orphans: [], last };
  const { rows } = await pool.ofAll().query<{ name: string }>(unnamedSql, [old.map(({ sha256 }) => sha256)]);
  const names = new Set(rows.map(({ name }) => name));
  return { orphans: old.filter(({ sha256 }) => names.has(sha256)), last };
}
