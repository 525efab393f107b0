import { cutText, storableText } from "../../mail/storable-text.ts";
import type { FaultCategory, ProviderFault } from "../mail-provider.ts";
import { redactSecrets } from "./redact-secrets.ts";

/** What was seen of a call that did not go well. Whatever is not known is left out. */
export interface FaultObservation {
  /** Which call: a 404 means something else for a message than for the history. */
  readonly where: "message" | "attachment" | "list" | "history" | "profile" | "watch" | "token";
  readonly status?: number | undefined;
  /** Gmail's reason words (`errors[].reason`, `details[].reason`) and its status word (`RESOURCE_EXHAUSTED`). */
  readonly errorReasons?: readonly string[] | undefined;
  /** `errors[].domain`, for example "usageLimits". */
  readonly domain?: string | undefined;
  readonly message?: string | undefined;
  /** The Retry-After header as it came: seconds or an HTTP date. */
  readonly retryAfter?: string | null | undefined;
  /** "ECONNRESET", "ETIMEDOUT" and their like: there was no answer, or not a whole one. */
  readonly networkErrorCode?: string | undefined;
  /** The token endpoint's `error` word. */
  readonly oauthError?: string | undefined;
  /** A success that is none: its body is cut short, empty or no JSON, or answers another question. */
  readonly isMalformed?: boolean | undefined;
  /** An error whose body is none of Google's: something in between has answered, or an outage page. */
  readonly isBare?: boolean | undefined;
  /** The message came, and cannot be understood. */
  readonly isBadItem?: boolean | undefined;
  /** What came of it. */
  readonly raw?: Uint8Array | undefined;
  readonly nowMs: number;
  /** What must not appear in the fault, wherever the other side repeats it. */
  readonly secrets?: readonly string[] | undefined;
}

/** A row matches when all that it names matches. */
interface FaultRow {
  readonly where?: readonly FaultObservation["where"][];
  readonly status?: readonly [from: number, to: number];
  readonly reasons?: readonly string[];
  readonly oauth?: readonly string[];
  readonly domain?: string;
  readonly message?: RegExp;
  readonly observed?: "networkErrorCode" | "isMalformed" | "isBadItem" | "isBare";
  readonly category: FaultCategory;
  /** A word for what no word of the answer says. */
  readonly reason?: string;
}

/** Calls about a whole mailbox, whose faults are not a single message's; a batch that is refused is one of them. */
const mailboxCalls = ["list", "history", "profile", "watch"] as const;

/**
 * What Gmail's answers mean; the first row that matches counts. Sources: "Resolve errors" of the Gmail API guides
 * (https://developers.google.com/workspace/gmail/api/guides/handle-errors), "Using OAuth 2.0" for the token
 * endpoint, and what was met in the field. A fault of our own set-up (an API that is not enabled, a wrong client
 * secret) is transient: waiting loses nothing, and its reason says what to mend.
 */
export const gmailFaultTable: readonly FaultRow[] = [
  { observed: "isBadItem", category: "bad_item" },
  { observed: "networkErrorCode", category: "transient" },

  { where: ["token"], oauth: ["invalid_grant"], category: "consent_lost" },
  {
    where: ["token"],
    oauth: ["access_denied", "admin_policy_enforced", "org_internal", "unauthorized_client", "invalid_scope"],
    category: "consent_lost",
  },
  { where: ["token"], oauth: ["invalid_client", "deleted_client", "disabled_client"], category: "transient" },
  { where: ["token"], oauth: ["rate_limit_exceeded", "slow_down"], category: "rate_limited" },

  {
    reasons: [
      "accessNotConfigured",
      "SERVICE_DISABLED",
      "BILLING_DISABLED",
      "CONSUMER_INVALID",
      "CONSUMER_SUSPENDED",
      "USER_PROJECT_DENIED",
    ],
    category: "transient",
  },
  {
    reasons: [
      "userRateLimitExceeded",
      "rateLimitExceeded",
      "dailyLimitExceeded",
      "quotaExceeded",
      "userRateLimitExceededUnreg",
      "dailyLimitExceededUnreg",
      "RATE_LIMIT_EXCEEDED",
      "RESOURCE_QUOTA_EXCEEDED",
      "RESOURCE_EXHAUSTED",
    ],
    category: "rate_limited",
  },
  { status: [429, 429], category: "rate_limited" },
  // What else the token endpoint refuses is about our set-up, and never about the work that waits for a token.
  { where: ["token"], status: [300, 499], category: "transient" },

  // About the topic and not about the mailbox: Gmail may not publish on it, or it does not exist.
  {
    where: ["watch"],
    status: [400, 404],
    message: /pub\/?sub|topic|only one user push notification client/i,
    category: "transient",
    reason: "topicRefused",
  },

  {
    status: [403, 403],
    reasons: [
      "domainPolicy",
      "insufficientPermissions",
      "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
      "USER_BLOCKED_BY_ADMIN",
      "ORG_RESTRICTION_VIOLATION",
      "forbidden",
      "delegationDenied",
    ],
    category: "consent_lost",
  },
  { status: [403, 403], domain: "usageLimits", category: "rate_limited" },
  { status: [403, 403], message: /rate limit|quota|too many/i, category: "rate_limited" },
  {
    status: [403, 403],
    message: /delegation denied|insufficient (authentication scopes|permission)/i,
    category: "consent_lost",
  },
  { where: mailboxCalls, status: [403, 403], reasons: ["PERMISSION_DENIED"], category: "consent_lost" },
  { status: [401, 401], category: "token_expired" },

  // Only Gmail's own word for it: a bare 404 of something in between must not make a message count as gone.
  {
    where: ["message", "attachment"],
    status: [404, 404],
    reasons: ["notFound", "NOT_FOUND"],
    category: "gone",
  },
  { where: ["history"], status: [404, 404], category: "watermark_expired" },
  { where: ["history"], status: [400, 400], message: /start ?history ?id/i, category: "watermark_expired" },
  // A page token is a cursor as well, and when it is no longer known, only listing anew helps.
  {
    where: ["list", "history"],
    status: [400, 400],
    message: /page ?token/i,
    category: "watermark_expired",
    reason: "invalidPageToken",
  },
  // The mailbox is switched off for its user; it reads like a failed precondition, and does not pass by itself.
  { status: [400, 400], message: /mail service not enabled/i, category: "consent_lost" },
  { status: [400, 400], reasons: ["failedPrecondition", "FAILED_PRECONDITION"], category: "transient" },
  { status: [400, 400], message: /precondition check failed/i, category: "transient" },
  { where: ["message"], status: [400, 400], message: /invalid id/i, category: "bad_item" },

  { status: [408, 409], category: "transient" }, // timed out, aborted
  { status: [499, 599], category: "transient" }, // cancelled by their side, server errors
  { where: mailboxCalls, status: [300, 498], observed: "isBare", category: "transient" },
  { observed: "isMalformed", category: "transient", reason: "malformedAnswer" },
];

/** Nobody is made to wait longer by one answer, whatever it says. */
export const retryAfterMsMax = 24 * 60 * 60 * 1_000;
const messageCharsMax = 500;
const reasonCharsMax = 100;

/**
 * Says what a failed call means and when to ask again. Pure. The fault holds none of `observation.secrets`, no
 * token and no address.
 */
export function classifyGmailFault(observation: FaultObservation): ProviderFault {
  const row = gmailFaultTable.find((candidate) => matches(candidate, observation));
  const redacted = redactSecrets(observation.message ?? "", observation.secrets ?? []);
  const reason =
    row?.reason ?? observation.errorReasons?.[0] ?? observation.oauthError ?? observation.networkErrorCode;
  const retryAtMs = readRetryAt(observation);
  return {
    category: row?.category ?? "unknown",
    message: cutText(storableText(redacted === "" ? describe(observation) : redacted), messageCharsMax),
    ...(observation.status === undefined ? {} : { status: observation.status }),
    ...(row?.category === "consent_lost" ? { isConfirmed: observation.where === "token" } : {}),
    ...(reason === undefined
      ? {}
      : { reason: cutText(redactSecrets(storableText(reason), observation.secrets ?? []), reasonCharsMax) }),
    ...(retryAtMs === null ? {} : { retryAtMs }),
    ...(observation.isBadItem === true && observation.raw !== undefined ? { raw: observation.raw } : {}),
  };
}

function matches(row: FaultRow, seen: FaultObservation): boolean {
  const { status, reasons } = row;
  if (row.where !== undefined && !row.where.includes(seen.where)) return false;
  if (
    status !== undefined &&
    !(seen.status !== undefined && seen.status >= status[0] && seen.status <= status[1])
  )
    return false;
  if (reasons !== undefined && !seen.errorReasons?.some((reason) => reasons.includes(reason))) return false;
  if (row.oauth !== undefined && !row.oauth.includes(seen.oauthError ?? "")) return false;
  if (row.domain !== undefined && row.domain !== seen.domain) return false;
  if (row.message !== undefined && !row.message.test(seen.message ?? "")) return false;
  return row.observed === undefined || Boolean(seen[row.observed]);
}

function describe(observation: FaultObservation): string {
  if (observation.networkErrorCode !== undefined) return `No whole answer: ${observation.networkErrorCode}.`;
  if (observation.isMalformed === true) return "The answer's body is cut short, empty or no JSON.";
  return observation.status === undefined ? "The call failed." : `HTTP status ${observation.status}.`;
}

/** The later of the time in the message and the Retry-After header, at most a day ahead; null when in the past. */
function readRetryAt({ message, retryAfter, nowMs }: FaultObservation): number | null {
  const inMessage = /retry after\s+(\d{4}-\d{2}-\d{2}T[\d:.]+Z)/i.exec(message ?? "")?.[1];
  const times = [
    inMessage === undefined ? Number.NaN : Date.parse(inMessage),
    readRetryAfterHeader(retryAfter ?? "", nowMs),
  ].filter((time) => time > nowMs);
  return times.length === 0 ? null : Math.min(Math.max(...times), nowMs + retryAfterMsMax);
}

function readRetryAfterHeader(header: string, nowMs: number): number {
  const text = header.trim();
  if (/^\d{1,15}$/.test(text)) return nowMs + Number(text) * 1_000;
  return /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : Number.NaN; // an HTTP date (RFC 9110, 5.6.7)
}
