import { findOrphanBlobs } from "@millrace/shared/attachments/find-orphan-blobs";
import type { RetentionPorts } from "./retention-ports.ts";
import type { RetentionScope } from "./retention-scope.ts";
import { blobsPerFact, bytesOf, removeTold, tellLeft } from "./tell-removed-blobs.ts";

const hourMs = 3_600_000;
/**
 * Removes content that no row names and that was put long enough ago, and what is left of puts that began before that. Content
 * is nobody's alone, so a run for one tenant leaves it. That a row has come to name it meanwhile, or somebody puts it again,
 * is seen by the store, in the transaction in which it removes (name-guard.ts). What a run that is cut off has looked at the next
 * one does not look at again. Facts name what was removed (tell-removed-blobs.ts).
 *
 * @param graceHours from the time that it was put
 */
export async function removeOrphanBlobs(
  ports: Pick<RetentionPorts, "pool" | "blobs" | "append">,
  graceHours: number,
  scope: RetentionScope,
): Promise<void> {
  if (scope.tenantId !== null) return;
  const { pool, blobs } = ports;
  if (!scope.isDryRun) await tellLeft(ports, scope);
  const putBefore = new Date(scope.now.getTime() - graceHours * hourMs);
  for await (const { orphans, last } of findOrphanBlobs(pool, blobs, putBefore, scope.resumeAfter)) {
    for (let at = 0; at < orphans.length; at += blobsPerFact) {
      const piece = orphans.slice(at, at + blobsPerFact);
      if (scope.isDryRun) scope.count("blobs", null, piece.length, bytesOf(piece));
      else await removeTold(ports, piece, putBefore, scope);
      if (!scope.mayGoOn()) return;
    }
    scope.reach(last);
    await scope.pause(); // to list what is in use is work as well
    if (!scope.mayGoOn()) return;
  }
  if (!scope.isDryRun) scope.count("unfinished", null, await blobs.removeUnfinished(putBefore));
}
