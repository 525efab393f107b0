import { randomUUID } from "node:crypto";
import type { HttpAnswer, HttpTransport, StreamedAnswer } from "./http-transport.ts";
import { boundaryOf, createMultipartParser, type MultipartPart, splitHead } from "./multipart-parser.ts";

/** One part of a batch's answer: which of the requested paths it answers, and what. */
export interface BatchPartAnswer extends HttpAnswer {
  /** Position of the request in the batch; null when the part does not say, or names one that was not asked. */
  readonly index: number | null;
  readonly isCut: boolean;
}

/** A batch as a whole: its parts as they arrive, or the answer that stands in their place. */
export type BatchAnswer =
  | {
      readonly kind: "parts";
      readonly parts: AsyncIterable<BatchPartAnswer>;
      readonly isComplete: () => boolean;
    }
  | { readonly kind: "refused"; readonly answer: StreamedAnswer };

/** 50 MB of mail are 67 MB of base64url; beyond this a part is no message. */
export const partBytesMax = 96 * 1024 * 1024;

/**
 * Sends GET requests as one batch (https://developers.google.com/workspace/gmail/api/guides/batch). Parts are
 * given on as they arrive, in Gmail's order, one at a time: memory holds the part that is arriving and one read
 * buffer, and a reader that is slow slows the sender.
 *
 * @param paths absolute paths with their query, for example "/gmail/v1/users/me/messages/18c…?format=full"
 */
export async function sendBatch(
  transport: HttpTransport,
  request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly paths: readonly string[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<BatchAnswer> {
  const boundary = `batch_${randomUUID()}`;
  const answer = await transport.send({
    method: "POST",
    url: request.url,
    headers: { ...request.headers, "content-type": `multipart/mixed; boundary=${boundary}` },
    body: encodeBatch(request.paths, boundary),
    signal: request.signal,
  });
  const answerBoundary = answer.status === 200 ? boundaryOf(answer.contentType) : null;
  if (answerBoundary === null) return { kind: "refused", answer };
  const parser = createMultipartParser(answerBoundary, partBytesMax);
  return {
    kind: "parts",
    isComplete: parser.isComplete,
    parts: readParts(answer.chunks, parser.push, request.paths.length),
  };
}

function encodeBatch(paths: readonly string[], boundary: string): string {
  const parts = paths.map(
    (path, index) =>
      `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: <item-${index}>\r\n\r\nGET ${path}\r\n\r\n`,
  );
  return `${parts.join("")}--${boundary}--\r\n`;
}

async function* readParts(
  chunks: AsyncIterable<Buffer>,
  push: (chunk: Buffer) => readonly MultipartPart[],
  requested: number,
): AsyncGenerator<BatchPartAnswer> {
  for await (const chunk of chunks) {
    for (const part of push(chunk)) yield readPart(part, requested);
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
