import { createHash } from "node:crypto";
import type { PutBlob } from "./blob-store.ts";

export interface MeasuredSource {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What came so far; of the whole once the bytes have ended. */
  measure(): PutBlob;
  /** What the source threw; undefined when it did not. */
  failure(): unknown;
}

/** Hashes and counts a source while somebody reads it, and remembers whether it was the source that failed. */
export function measuredSource(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): MeasuredSource {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let failure: unknown;
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of source) {
        signal?.throwIfAborted();
        hash.update(piece);
        sizeBytes += piece.length;
        yield piece;
      }
      signal?.throwIfAborted();
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return {
    bytes: read(),
    measure: () => ({ sha256: hash.copy().digest("hex"), sizeBytes }),
    failure: () => failure,
  };
}
