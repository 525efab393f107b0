import type { components } from "./api-types.ts";

/** A problem document of the API (RFC 9457). */
export type Problem = components["schemas"]["Problem"];

/**
 * What went wrong. The API's own codes, those of a newer API included, and the client's: `unreachable` (nobody answers, or a
 * page may not read the answer), `timeout` (no answer in time), `unreadable` (the answer is none of Millrace's).
 */
export type MillraceErrorCode = Problem["code"] | "unreachable" | "timeout" | "unreadable" | (string & {});

export interface MillraceErrorParts {
  readonly code: MillraceErrorCode;
  readonly detail: string;
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly retryAfterMs?: number | null;
  readonly problem?: Problem | null;
  readonly cause?: unknown;
}

/** Everything that this client throws, but for an abort's own reason and a `TypeError` for wrong use. */
export class MillraceError extends Error {
  readonly code: MillraceErrorCode;
  /** Says what happened and what to do, in a sentence. */
  readonly detail: string;
  /** The HTTP status; null when nobody has answered. */
  readonly status: number | null;
  /** Names the request in the server's log. */
  readonly requestId: string | null;
  /** How long the server asks to wait; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** The document as it came, with what is wrong with each value of the request. */
  readonly problem: Problem | null;

  constructor({ code, detail, status, requestId, retryAfterMs, problem, cause }: MillraceErrorParts) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = "MillraceError";
    this.code = code;
    this.detail = detail;
    this.status = status ?? null;
    this.requestId = requestId ?? null;
    this.retryAfterMs = retryAfterMs ?? null;
    this.problem = problem ?? null;
  }
}

/** Reads what an answer that is not the one hoped for says. */
export async function errorOfResponse(response: Response): Promise<MillraceError> {
  const text = await response.text().catch(() => "");
  const problem = problemOf(text);
  const base = {
    status: response.status,
    requestId: problem?.requestId ?? response.headers.get("x-request-id"),
    retryAfterMs: retryAfterMsOf(response.headers.get("retry-after"), Date.now()),
  };
  if (problem !== null) {
    const detail = problem.detail === "" ? problem.title : problem.detail;
    return new MillraceError({ ...base, code: problem.code, detail, problem });
  }
  return new MillraceError({
    ...base,
    code: "unreadable",
    detail: `The answer ${response.status} is none of Millrace's. Does baseUrl lead to sync-api, and what stands in between?`,
  });
}

function problemOf(text: string): Problem | null {
  try {
    const document = JSON.parse(text) as Partial<Problem> | null;
    if (typeof document?.code !== "string" || typeof document.detail !== "string") return null;
    return document as Problem;
  } catch {
    return null;
  }
}

/** Retry-After of RFC 9110, section 10.2.3: seconds, or a date. Null: absent, or neither. */
export function retryAfterMsOf(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const atMs = /[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(atMs - nowMs, 0);
}
