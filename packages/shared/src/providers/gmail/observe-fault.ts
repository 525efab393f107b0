import type { FaultObservation } from "./classify-gmail-fault.ts";
import { AnswerTooLongError, type HttpAnswer } from "./http-transport.ts";
import { arrayAt, isRecord, type JsonRecord, recordAt, textAt } from "./json-access.ts";

type Where = FaultObservation["where"];
type Seen = Omit<FaultObservation, "nowMs" | "secrets">;

const errorBodyBytesMax = 64 * 1024;

/** What an HTTP answer with an error status shows: Google's error body, OAuth's, or none that can be read. */
export function observeAnswer(where: Where, answer: HttpAnswer): Seen {
  const body = parseJson(answer.body.toString("utf8", 0, errorBodyBytesMax));
  return observeBody(where, answer.status, answer.retryAfter, body);
}

export function observeBody(where: Where, status: number, retryAfter: string | null, body: unknown): Seen {
  if (status >= 200 && status < 300) return { where, status, isMalformed: true };
  const base = { where, status, retryAfter };
  if (!isRecord(body)) return { ...base, isBare: true };
  const oauthError = textAt(body, "error");
  if (oauthError !== null) {
    return { ...base, oauthError, message: `${oauthError}: ${textAt(body, "error_description") ?? ""}` };
  }
  const error = recordAt(body, "error");
  return error === null ? { ...base, isBare: true } : { ...base, ...observeGoogleError(error) };
}

/** https://cloud.google.com/apis/design/errors and the older `errors` list, which Gmail sends as well. */
function observeGoogleError(error: JsonRecord): Pick<Seen, "errorReasons" | "domain" | "message"> {
  const listed = [...arrayAt(error, "errors"), ...arrayAt(error, "details")].filter(isRecord).slice(0, 20);
  const reasons = listed.map((entry) => textAt(entry, "reason")).filter((reason) => reason !== null);
  const statusWord = textAt(error, "status");
  const domain = listed.map((entry) => textAt(entry, "domain")).find((value) => value !== null);
  return {
    errorReasons: statusWord === null ? reasons : [...reasons, statusWord],
    ...(domain == null ? {} : { domain }),
    message: textAt(error, "message") ?? "",
  };
}

/**
 * What a thrown error shows: of Google's client with its answer, or of the network. Its own text is not taken: it
 * may hold what was sent.
 */
export function observeThrown(where: Where, error: unknown): Seen {
  if (error instanceof AnswerTooLongError && (where === "message" || where === "attachment")) {
    return { where, isBadItem: true, message: "The message is longer than any that Gmail takes." };
  }
  const thrown = isRecord(error) ? error : {};
  const response = recordAt(thrown, "response");
  if (response !== null && typeof response.status === "number") {
    return observeBody(where, response.status, retryAfterOf(response), readData(response.data));
  }
  const networkErrorCode = networkCodeOf(thrown, 0);
  if (networkErrorCode !== null) return { where, networkErrorCode };
  // Not the network's: a defect of ours or of a library. Its class is told, its text may hold what was sent.
  return { where, message: `The client failed: ${textAt(thrown, "name") ?? "unknown error"}.` };
}

const causesMax = 5;
/** Node's codes for calls that we made wrongly: asking again would not help. */
const codesOfDefects: ReadonlySet<string> = new Set([
  "ERR_INVALID_ARG_TYPE",
  "ERR_INVALID_ARG_VALUE",
  "ERR_INVALID_CHAR",
  "ERR_INVALID_PROTOCOL",
  "ERR_INVALID_URL",
  "ERR_HTTP_INVALID_HEADER_VALUE",
  "ERR_MISSING_ARGS",
  "ERR_OUT_OF_RANGE",
  "ERR_UNESCAPED_CHARACTERS",
]);

function networkCodeOf(error: JsonRecord, depth: number): string | null {
  const code = textAt(error, "code");
  if (code !== null && codesOfDefects.has(code)) return null;
  if (code !== null && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
  const cause = recordAt(error, "cause");
  const deeper = cause === null || depth >= causesMax ? null : networkCodeOf(cause, depth + 1);
  if (deeper !== null) return deeper;
  return code === "TimeoutError" || textAt(error, "name") === "TimeoutError" ? "ETIMEDOUT" : null;
}

function retryAfterOf(response: JsonRecord): string | null {
  const headers = response.headers;
  return headers instanceof Headers ? headers.get("retry-after") : null;
}

/** Google's client leaves a body that it could not read as JSON a text. */
function readData(data: unknown): unknown {
  return typeof data === "string" ? parseJson(data.slice(0, errorBodyBytesMax)) : data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
