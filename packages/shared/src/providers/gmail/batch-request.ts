import { randomUUID } from "node:crypto";
import type { Attributes } from "@opentelemetry/api";
import type { ByteBudget } from "../byte-budget.ts";
import type { HttpAnswer, HttpTransport, StreamedAnswer } from "./http-transport.ts";
import {
  boundaryOf,
  createMultipartParser,
  type MultipartParser,
  type MultipartPart,
  splitHead,
} from "./multipart-parser.ts";

/** One part of a batch's answer: which of the requested paths it answers, and what. */
export interface BatchPartAnswer extends HttpAnswer {
  /** Position of the request in the batch; null when the part does not say, or names one that was not asked. */
  readonly index: number | null;
  readonly isCut: boolean;
}

/** A batch as a whole: what was read of its parts as they arrive, or the answer that stands in their place. */
export type BatchAnswer<Reading> =
  | {
      readonly kind: "parts";
      readonly parts: AsyncIterable<Reading>;
      readonly isComplete: () => boolean;
    }
  | { readonly kind: "refused"; readonly answer: StreamedAnswer };

/** 50 MB of mail are 67 MB of base64url; beyond this a part is no message. */
export const partBytesMax = 96 * 1024 * 1024;
/** What is longer counts against the budget of bytes; ordinary mail never waits for it. */
export const ordinaryBytesMax = 1024 * 1024;

/**
 * Sends GET requests as one batch (https://developers.google.com/workspace/gmail/api/guides/batch). Parts are
 * read as they arrive, in Gmail's order, one at a time: memory holds the part that is arriving and one read
 * buffer, and a reader that is slow slows the sender. A long part waits until the budget has room for it.
 *
 * @param request.read makes of a part what is given on; the part's bytes are not kept beside it
 * @param paths absolute paths with their query, for example "/gmail/v1/users/me/messages/18c…?format=full"
 */
export async function sendBatch<Reading>(
  transport: HttpTransport,
  request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly paths: readonly string[];
    readonly signal?: AbortSignal | undefined;
    readonly budget: ByteBudget;
    readonly read: (part: BatchPartAnswer) => Reading;
    readonly attributes?: Attributes;
  },
): Promise<BatchAnswer<Reading>> {
  const boundary = `batch_${randomUUID()}`;
  const answer = await transport.send({
    method: "POST",
    url: request.url,
    headers: { ...request.headers, "content-type": `multipart/mixed; boundary=${boundary}` },
    body: encodeBatch(request.paths, boundary),
    signal: request.signal,
    attributes: { "gmail.batch.size": request.paths.length, ...request.attributes },
  });
  const answerBoundary = answer.status === 200 ? boundaryOf(answer.contentType) : null;
  if (answerBoundary === null) return { kind: "refused", answer };
  const parser = createMultipartParser(answerBoundary, partBytesMax);
  return {
    kind: "parts",
    isComplete: parser.isComplete,
    parts: readParts(answer.chunks, parser, request),
  };
}

function encodeBatch(paths: readonly string[], boundary: string): string {
  const parts = paths.map(
    (path, index) =>
      `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: <item-${index}>\r\n\r\nGET ${path}\r\n\r\n`,
  );
  return `${parts.join("")}--${boundary}--\r\n`;
}

/**
 * What is arriving is leased from the budget as it grows. A part that was given on is leased until its reader asks for
 * another: then it is done with it.
 */
async function* readParts<Reading>(
  chunks: AsyncIterable<Buffer>,
  parser: MultipartParser,
  { budget, paths, read, signal }: Parameters<typeof sendBatch<Reading>>[1],
): AsyncGenerator<Reading> {
  const lease = budget.lease();
  // In a frame of its own: a generator that waits keeps all that its loops have in hand.
  const readAll = (chunk: Buffer): Reading[] =>
    parser.push(chunk).map((part) => read(readPart(part, paths.length)));
  try {
    for await (const chunk of chunks) {
      for (const reading of readAll(chunk)) {
        yield reading;
        lease.release();
      }
      const bytes = parser.heldBytes();
      if (bytes > ordinaryBytesMax) await lease.hold(bytes, signal);
    }
  } finally {
    lease.release();
  }
}

/** A part is an HTTP answer in the body of a MIME part: status line, headers, empty line, body. */
function readPart(part: MultipartPart, requested: number): BatchPartAnswer {
  const lineEnd = part.body.indexOf("\n");
  const statusLine = part.body.toString("latin1", 0, lineEnd === -1 ? 0 : lineEnd);
  const status = Number(/^HTTP\/\S+\s+(\d{3})/.exec(statusLine)?.[1] ?? 0);
  const { headers, body } = splitHead(part.body.subarray(lineEnd + 1));
  const named = /item-(\d{1,4})>?$/.exec(part.headers.get("content-id") ?? "")?.[1];
  const index = named === undefined || Number(named) >= requested ? null : Number(named);
  return { index, status, retryAfter: headers.get("retry-after") ?? null, body, isCut: part.isCut };
}
