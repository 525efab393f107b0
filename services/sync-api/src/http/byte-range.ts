/** What of a body is to be sent: all of it, offsets of the first and the last byte, or nothing that there is. */
export type RangeDecision =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "unsatisfiable" };

export interface RangeRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  /** The strong entity tag of the body, with its quotes. */
  readonly etag: string;
  readonly sizeBytes: number;
}

const whole: RangeDecision = { kind: "whole" };

/**
 * Reads a Range header (RFC 9110, 14.2). One range is served; several at once, other units and what cannot be read are
 * passed over, as the RFC allows. If-Range counts when it names the entity tag of now: a time says too little.
 */
export function decideRange({ range, ifRange, etag, sizeBytes }: RangeRequest): RangeDecision {
  if (range === undefined || (ifRange !== undefined && ifRange.trim() !== etag)) return whole;
  const found = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(range);
  if (found === null) return whole;
  const [first = "", last = ""] = found.slice(1);
  if (first === "") return last === "" ? whole : suffix(Number(last), sizeBytes);
  const start = Number(first);
  if (last !== "" && Number(last) < start) return whole; // invalid
  if (start >= sizeBytes) return { kind: "unsatisfiable" };
  return { kind: "part", start, end: last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

function suffix(bytes: number, sizeBytes: number): RangeDecision {
  if (bytes === 0 || sizeBytes === 0) return { kind: "unsatisfiable" };
  return { kind: "part", start: Math.max(0, sizeBytes - bytes), end: sizeBytes - 1 };
}

/**
 * Whether an If-Match header allows the answer: absent, or it names the entity tag, strongly compared (RFC 9110, 13.1.1).
 *
 * @param etag null: there is content, without a tag
 */
export function isMatch(ifMatch: string | undefined, etag: string | null): boolean {
  if (ifMatch === undefined) return true;
  const tags = ifMatch.split(",").map((tag) => tag.trim());
  return tags.includes("*") || (etag !== null && tags.includes(etag));
}

/** Whether an If-None-Match header names the entity tag, weakly compared (RFC 9110, 13.1.2). */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
