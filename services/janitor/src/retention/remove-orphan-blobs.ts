import { findOrphanBlobs } from "@millrace/shared/attachments/find-orphan-blobs";
import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

const hourMs = 3_600_000;
/** To list what is in use is work as well. */
const listedPerPiece = 500;

/**
 * Removes content that no row names and that was put long enough ago, and what is left of puts that began before that. Content
 * is nobody's alone, so a run for one tenant leaves it. That a row has come to name it meanwhile, or somebody puts it again,
 * is seen by the store, in the transaction in which it removes (name-guard.ts).
 *
 * @param graceHours from the time that it was put
 */
export async function removeOrphanBlobs(
  { pool, blobs }: Pick<RetentionPorts, "pool" | "blobs">,
  graceHours: number,
  scope: RetentionScope,
): Promise<void> {
  if (scope.tenantId !== null) return;
  const putBefore = new Date(scope.now.getTime() - graceHours * hourMs);
  for await (const { sha256, sizeBytes } of findOrphanBlobs(pool, paced(blobs, scope), putBefore)) {
    await scope.pause();
    if (scope.isDryRun || (await blobs.delete(sha256, putBefore))) scope.count("blobs", null, 1, sizeBytes);
  }
  if (!scope.isDryRun) scope.count("unfinished", null, await blobs.removeUnfinished(putBefore));
}

const paced = (blobs: Pick<BlobStore, "list">, scope: RetentionScope): Pick<BlobStore, "list"> => ({
  async *list() {
    let listed = 0;
    for await (const blob of blobs.list()) {
      yield blob;
      if (++listed % listedPerPiece === 0) await scope.pause();
    }
  },
});
