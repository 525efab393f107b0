import { findOrphanBlobs } from "@millrace/shared/attachments/find-orphan-blobs";
import type { RetentionPorts } from "./retention-ports.ts";

export interface RemovedBlobs {
  readonly blobs: number;
  readonly bytes: number;
  /** Puts that began and never ended. */
  readonly unfinished: number;
}

/** Removes content that no row names and that was put before a time, and what is left of puts that began before it. */
export async function removeOrphanBlobs(
  { pool, blobs }: Pick<RetentionPorts, "pool" | "blobs">,
  putBefore: Date,
  signal: AbortSignal,
): Promise<RemovedBlobs> {
  let removed = 0;
  let bytes = 0;
  for await (const { sha256, sizeBytes } of findOrphanBlobs(pool, blobs, putBefore)) {
    signal.throwIfAborted();
    if (!(await blobs.delete(sha256, putBefore))) continue;
    removed++;
    bytes += sizeBytes;
  }
  return { blobs: removed, bytes, unfinished: await blobs.removeUnfinished(putBefore) };
}
