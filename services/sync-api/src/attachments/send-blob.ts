import { Readable } from "node:stream";
import type { BlobStore, PutBlob } from "@millrace/shared/blobs/blob-store";
import type { FastifyReply } from "fastify";
import { decideRange, isMatch, isNotModified } from "../http/byte-range.ts";
import { ApiProblem } from "../http/problem.ts";

export interface AskedContent {
  readonly method: string;
  readonly range?: string | undefined;
  readonly "if-range"?: string | undefined;
  readonly "if-match"?: string | undefined;
  readonly "if-none-match"?: string | undefined;
  readonly signal: AbortSignal;
}

export function notMatched(etag: string | null): ApiProblem {
  const detail =
    etag === null
      ? "The content is passed through and has no entity tag."
      : `The content's entity tag is ${etag}.`;
  return new ApiProblem("precondition_failed", detail);
}

/** Sends a blob or the range of it that was asked for. Content never changes: its hash is its entity tag. */
export async function sendBlob(
  blobs: BlobStore,
  { sha256, sizeBytes }: PutBlob,
  asked: AskedContent,
  reply: FastifyReply,
): Promise<void> {
  const etag = `"${sha256}"`;
  reply.headers({ etag, "accept-ranges": "bytes" });
  if (!isMatch(asked["if-match"], etag)) throw notMatched(etag);
  if (isNotModified(asked["if-none-match"], etag)) {
    reply.code(304).send();
    return;
  }
  // A range is defined for GET alone (RFC 9110, 14.2).
  const rangeAsked = asked.method === "GET" ? asked.range : undefined;
  const decided = decideRange({ range: rangeAsked, ifRange: asked["if-range"], etag, sizeBytes });
  if (decided.kind === "unsatisfiable") {
    throw new ApiProblem("range_not_satisfiable", `The content has ${sizeBytes} bytes.`, {
      headers: { "content-range": `bytes */${sizeBytes}` },
    });
  }
  const range = decided.kind === "part" ? decided : undefined;
  if (range !== undefined) {
    reply.code(206).header("content-range", `bytes ${range.start}-${range.end}/${sizeBytes}`);
  }
  reply.header("content-length", range === undefined ? sizeBytes : range.end - range.start + 1);
  if (asked.method === "HEAD") {
    reply.send();
    return;
  }
  const content = await blobs.open(sha256, range, asked.signal);
  if (content === null) throw new Error("A blob was removed while it was asked for"); // the next one fetches it anew
  reply.send(content instanceof Readable ? content : Readable.from(content, { objectMode: false }));
}
