import { findHeader, readHeaderBlock } from "../mime/header-fields.ts";
import { scanParts } from "../mime/scan-parts.ts";

export interface BatchPart {
  /** As it came, angle brackets included; empty when there was none. */
  readonly contentId: string;
  readonly method: string;
  /** Path and query; an origin before it is dropped. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** The calls in a multipart/mixed body, or null when it is no such thing. Takes CRLF and LF. */
export function readBatch(contentType: string, body: unknown): BatchPart[] | null {
  if (!Buffer.isBuffer(body) || !/^multipart\/mixed\b/i.test(contentType)) return null;
  const bytes = Buffer.concat([Buffer.from(`Content-Type: ${contentType}\r\n\r\n`, "latin1"), body]);
  const parts: BatchPart[] = [];
  for (const part of scanParts(bytes).parts) {
    const inner = bytes.subarray(part.bodyStart, part.bodyEnd);
    const lf = inner.indexOf(0x0a);
    const lineEnd = lf === -1 ? inner.length : lf;
    const line = /^([A-Z]+)\s+(\S+)/.exec(inner.toString("latin1", 0, lineEnd).trim());
    if (line === null) return null;
    const { fields, bodyStart } = readHeaderBlock(inner, Math.min(lineEnd + 1, inner.length), inner.length);
    parts.push({
      contentId: findHeader(part.headers, "content-id") ?? "",
      method: line[1] ?? "",
      url: (line[2] ?? "").replace(/^https?:\/\/[^/]+/, ""),
      authorization: findHeader(fields, "authorization") ?? undefined,
      body: parseJson(inner.toString("utf8", bodyStart).trim()),
    });
  }
  return parts;
}

function parseJson(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
