import type { BlobStore, ListedBlob } from "../blobs/blob-store.ts";
import type { SweepingPool } from "../postgres/create-pool.ts";

/** Blobs that the database is asked about in one query. */
const blobsMax = 500;

/** Over all tenants: content is there once, whoever has it. */
const unnamedSql = `
  select name from unnest($1::text[]) as listed (name)
  where not exists (select from attachments where sha256 = listed.name)`;

/**
 * Blobs that no row names and that were put before a time. Between content and its row pass moments, or an outage of
 * the database: choose an age of hours at least. Remove one with `blobs.delete(sha256, olderThan)`, which leaves what
 * was put again meanwhile; if a row names it all the same, its content is fetched anew when it is asked for.
 */
export async function* findOrphanBlobs(
  pool: SweepingPool,
  blobs: Pick<BlobStore, "list">,
  olderThan: Date,
): AsyncGenerator<ListedBlob> {
  let old: ListedBlob[] = [];
  for await (const blob of blobs.list()) {
    if (blob.putAt >= olderThan) continue;
    old.push(blob);
    if (old.length < blobsMax) continue;
    yield* unnamed(pool, old);
    old = [];
  }
  yield* unnamed(pool, old);
}

async function* unnamed(pool: SweepingPool, blobs: readonly ListedBlob[]): AsyncGenerator<ListedBlob> {
  if (blobs.length === 0) return;
  const names = blobs.map(({ sha256 }) => sha256);
  const { rows } = await pool.ofAll().query<{ name: string }>(unnamedSql, [names]);
  const orphans = new Set(rows.map(({ name }) => name));
  for (const blob of blobs) if (orphans.has(blob.sha256)) yield blob;
}
