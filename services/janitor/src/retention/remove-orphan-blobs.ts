import { findOrphanBlobs } from "@millrace/shared/attachments/find-orphan-blobs";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";

const hourMs = 3_600_000;

/**
 * Removes content that no row names and that was put long enough ago, and what is left of puts that began before that. Content
 * is nobody's alone, so a run for one tenant leaves it.
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
  for await (const { sha256, sizeBytes } of findOrphanBlobs(pool, blobs, putBefore)) {
    await scope.pause();
    if (scope.isDryRun || (await blobs.delete(sha256, putBefore))) scope.count("blobs", null, 1, sizeBytes);
  }
  if (!scope.isDryRun) scope.count("unfinished", null, await blobs.removeUnfinished(putBefore));
}
