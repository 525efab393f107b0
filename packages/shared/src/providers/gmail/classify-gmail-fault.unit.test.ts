import { describe, expect, it } from "vitest";
import type { FaultCategory } from "../mail-provider.ts";
import { classifyGmailFault, type FaultObservation, retryAfterMsMax } from "./classify-gmail-fault.ts";
import { AnswerTooLongError } from "./http-transport.ts";
import { observeAnswer, observeThrown } from "./observe-fault.ts";

const nowMs = Date.parse("2026-01-02T03:00:00Z");

/** Google's error body as Gmail sends it. */
const google = (
  code: number,
  reason: string,
  message: string,
  more: { domain?: string; status?: string } = {},
) => ({
  error: {
    code,
    message,
    errors: [{ message, domain: more.domain ?? "global", reason }],
    ...(more.status === undefined ? {} : { status: more.status }),
  },
});

const classify = (
  where: FaultObservation["where"],
  status: number,
  body: unknown,
  retryAfter: string | null = null,
  secrets: string[] = [],
) => {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return classifyGmailFault({ ...observeAnswer(where, { status, retryAfter, body: bytes }), nowMs, secrets });
};

type Row = [FaultObservation["where"], number, unknown, FaultCategory];
const rows: readonly Row[] = [
  [
    "message",
    429,
    google(429, "rateLimitExceeded", "Too many concurrent requests for user.", {
      status: "RESOURCE_EXHAUSTED",
    }),
    "rate_limited",
  ],
  ["list", 429, "", "rate_limited"],
  [
    "message",
    403,
    google(403, "userRateLimitExceeded", "User Rate Limit Exceeded", { domain: "usageLimits" }),
    "rate_limited",
  ],
  [
    "message",
    403,
    google(403, "rateLimitExceeded", "Rate Limit Exceeded", { domain: "usageLimits" }),
    "rate_limited",
  ],
  [
    "profile",
    403,
    google(403, "dailyLimitExceeded", "Daily Limit Exceeded", { domain: "usageLimits" }),
    "rate_limited",
  ],
  ["message", 403, google(403, "quotaExceeded", "Quota exceeded", { domain: "usageLimits" }), "rate_limited"],
  ["message", 403, google(403, "newReasonNobodyKnows", "x", { domain: "usageLimits" }), "rate_limited"],
  [
    "profile",
    403,
    google(403, "accessNotConfigured", "Gmail API has not been used in project", { domain: "usageLimits" }),
    "transient",
  ],
  [
    "message",
    401,
    google(401, "authError", "Invalid Credentials", { status: "UNAUTHENTICATED" }),
    "token_expired",
  ],
  ["profile", 401, "<html>Unauthorized</html>", "token_expired"],
  [
    "profile",
    403,
    google(403, "domainPolicy", "The domain administrators have disabled Gmail apps."),
    "consent_lost",
  ],
  ["profile", 403, google(403, "insufficientPermissions", "Insufficient Permission"), "consent_lost"],
  [
    "list",
    403,
    {
      error: {
        code: 403,
        message: "Request had insufficient authentication scopes.",
        status: "PERMISSION_DENIED",
        details: [{ reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", domain: "googleapis.com" }],
      },
    },
    "consent_lost",
  ],
  ["profile", 403, google(403, "forbidden", "Delegation denied for someone"), "consent_lost"],
  ["list", 403, { error: { code: 403, message: "No.", status: "PERMISSION_DENIED" } }, "consent_lost"],
  ["message", 403, { error: { code: 403, message: "No.", status: "PERMISSION_DENIED" } }, "unknown"],
  ["profile", 403, google(403, "USER_BLOCKED_BY_ADMIN", "Blocked."), "consent_lost"],
  [
    "profile",
    403,
    google(403, "CONSUMER_SUSPENDED", "Suspended.", { status: "PERMISSION_DENIED" }),
    "transient",
  ],
  [
    "profile",
    403,
    google(403, "userRateLimitExceeded", "x", { domain: "usageLimits", status: "PERMISSION_DENIED" }),
    "rate_limited",
  ],
  ["profile", 403, "<html>blocked</html>", "transient"],
  ["message", 403, "<html>blocked</html>", "unknown"],
  [
    "message",
    400,
    google(400, "failedPrecondition", "Precondition check failed.", { status: "FAILED_PRECONDITION" }),
    "transient",
  ],
  ["list", 400, { error: { code: 400, message: "Precondition check failed." } }, "transient"],
  ["message", 400, google(400, "invalidArgument", "Invalid id value"), "bad_item"],
  [
    "profile",
    400,
    google(400, "failedPrecondition", "Mail service not enabled", { status: "FAILED_PRECONDITION" }),
    "consent_lost",
  ],
  ["list", 400, google(400, "invalidArgument", "Invalid pageToken"), "watermark_expired"],
  ["history", 400, google(400, "invalidArgument", "Invalid pageToken"), "watermark_expired"],
  ["history", 400, google(400, "invalidArgument", "Invalid startHistoryId"), "watermark_expired"],
  ["list", 400, google(400, "invalidArgument", "Invalid label: x"), "unknown"],
  ["message", 404, google(404, "notFound", "Requested entity was not found."), "gone"],
  [
    "message",
    404,
    { error: { code: 404, message: "Requested entity was not found.", status: "NOT_FOUND" } },
    "gone",
  ],
  ["message", 404, "<html>Not Found</html>", "unknown"],
  ["attachment", 404, google(404, "notFound", "Requested entity was not found."), "gone"],
  ["attachment", 404, "<html>Not Found</html>", "unknown"],
  ["history", 404, google(404, "notFound", "Requested entity was not found."), "watermark_expired"],
  ["list", 404, "", "transient"],
  ["list", 404, google(404, "notFound", "Requested entity was not found."), "unknown"],
  ["list", 413, "<html>Too Large</html>", "transient"],
  ["message", 409, google(409, "aborted", "Aborted.", { status: "ABORTED" }), "transient"],
  ["list", 499, google(499, "cancelled", "Cancelled.", { status: "CANCELLED" }), "transient"],
  ["message", 500, google(500, "backendError", "Backend Error"), "transient"],
  ["list", 502, "<html>Bad Gateway</html>", "transient"],
  ["message", 503, google(503, "backendError", "The service is currently unavailable."), "transient"],
  ["history", 504, "", "transient"],
  ["list", 408, "", "transient"],
  ["message", 200, '{"id":"18', "transient"],
  ["list", 200, "", "transient"],
  ["list", 302, "", "transient"],
  ["message", 302, "", "unknown"],
  ["message", 418, "", "unknown"],
  [
    "token",
    400,
    { error: "invalid_grant", error_description: "Token has been expired or revoked." },
    "consent_lost",
  ],
  ["token", 403, { error: "access_denied" }, "consent_lost"],
  ["token", 400, { error: "admin_policy_enforced" }, "consent_lost"],
  [
    "token",
    401,
    { error: "invalid_client", error_description: "The OAuth client was not found." },
    "transient",
  ],
  ["token", 401, "", "transient"],
  ["token", 400, { error: "invalid_request", error_description: "Missing parameter." }, "transient"],
  ["token", 400, { error: "unsupported_grant_type" }, "transient"],
  ["token", 403, "<html>blocked</html>", "transient"],
  ["token", 404, "", "transient"],
  ["token", 200, "", "transient"],
  ["token", 429, "", "rate_limited"],
  ["token", 503, "", "transient"],
];

describe("what Gmail's answers mean", () => {
  it.each(rows)("%s %i %j is %s", (where, status, body, category) => {
    expect(classify(where, status, body)).toMatchObject({ category, status });
  });

  it.each([
    "ECONNRESET",
    "ETIMEDOUT",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ERR_STREAM_PREMATURE_CLOSE",
    "UND_ERR_SOCKET",
  ])("no answer (%s) is transient", (code) => {
    const error = Object.assign(new Error("secret text"), { cause: Object.assign(new Error("x"), { code }) });
    const fault = classifyGmailFault({ ...observeThrown("list", error), nowMs });
    expect(fault).toEqual({ category: "transient", message: `No whole answer: ${code}.`, reason: code });
  });

  it.each([
    new TypeError("x is undefined"),
    Object.assign(new TypeError("Invalid character in header content"), { code: "ERR_INVALID_CHAR" }),
    Object.assign(new TypeError("wrong"), {
      cause: Object.assign(new Error(), { code: "ERR_OUT_OF_RANGE" }),
    }),
  ])("a defect of ours is unknown, not the network's, so that it is not retried for ever", (error) => {
    const fault = classifyGmailFault({ ...observeThrown("list", error), nowMs });
    expect(fault).toEqual({ category: "unknown", message: "The client failed: TypeError." });
  });

  it("an answer that is too long is about the message that was asked for, or else about the call", () => {
    const told = (where: FaultObservation["where"]) =>
      classifyGmailFault({ ...observeThrown(where, new AnswerTooLongError("too long")), nowMs }).category;
    expect([told("message"), told("attachment"), told("list")]).toEqual([
      "bad_item",
      "bad_item",
      "transient",
    ]);
  });
});

describe("lost consent", () => {
  it.each(["invalid_grant", "access_denied", "admin_policy_enforced"])(
    "is definite when the token endpoint says so: %s",
    (error) => {
      const fault = classify("token", 400, { error });
      expect(fault).toMatchObject({ category: "consent_lost", isConfirmed: true, reason: error });
    },
  );

  it.each(["message", "attachment", "list", "history", "profile"] as const)(
    "is a doubt when a call is refused: %s",
    (where) => {
      const fault = classify(where, 403, google(403, "forbidden", "Forbidden"));
      expect(fault).toMatchObject({ category: "consent_lost", isConfirmed: false, reason: "forbidden" });
    },
  );

  it("is not spoken of by other faults", () => {
    const others = [classify("token", 503, ""), classify("message", 401, ""), classify("list", 429, "")];
    for (const fault of others) expect(fault).not.toHaveProperty("isConfirmed");
  });
});

describe("a word for what no word of the answer says", () => {
  it("a page token that is not taken any more, a body that makes no sense", () => {
    const pageToken = classify("list", 400, google(400, "invalidArgument", "Invalid pageToken"));
    expect(pageToken.reason).toBe("invalidPageToken");
    expect(classify("message", 200, '{"id":"18').reason).toBe("malformedAnswer");
  });
});

describe("when to ask again", () => {
  const limited = (message: string, header: string | null) =>
    classify("message", 403, google(403, "userRateLimitExceeded", message, { domain: "usageLimits" }), header)
      .retryAtMs;
  const inMessage = "User-rate limit exceeded.  Retry after 2026-01-02T03:04:05.678Z";

  it.each([
    ["the time in the message", inMessage, null, Date.parse("2026-01-02T03:04:05.678Z")],
    ["seconds in the header", "x", "120", nowMs + 120_000],
    ["a date in the header", "x", "Fri, 02 Jan 2026 03:10:00 GMT", Date.parse("2026-01-02T03:10:00Z")],
    ["the later one, in the header", inMessage, "3600", nowMs + 3_600_000],
    ["the later one, in the message", inMessage, "1", Date.parse("2026-01-02T03:04:05.678Z")],
    ["a day at most", "Retry after 2036-01-02T03:04:05Z", "1", nowMs + retryAfterMsMax],
    ["a day at most, for absurd seconds", "x", "999999999999999", nowMs + retryAfterMsMax],
    ["nothing for a time that is past", "Retry after 2020-01-02T03:04:05Z", "0", undefined],
    ["nothing for what is no time", "Retry after 2026-99-99T99:99:99Z", "soon", undefined],
  ])("%s", (_name, message, header, expected) => {
    expect(limited(message, header)).toBe(expected);
  });

  it("holds for an outage, too", () => {
    expect(classify("message", 503, "", "30").retryAtMs).toBe(nowMs + 30_000);
  });
});

describe("a fault tells no secrets (I12)", () => {
  const secrets = ["sim-refresh-marked", "opaque-access-marked", "client-secret-marked", "ann@example.com"];
  it.each([
    ...secrets,
    "ya29.a0AfH6SMBx-marked",
    "1//0gMarkedMarkedMarked",
    "GOCSPX-markedmarked",
    "Bearer marked-token",
    '"refresh_token":"marked-token"',
    "access_token=marked-token",
    "someone.marked@mail.example.org",
  ])("%s", (secret) => {
    const told = JSON.stringify([
      classify("profile", 403, google(403, "forbidden", `Delegation denied for ${secret}`), null, secrets),
      classify("message", 500, google(500, secret, secret), null, secrets),
      classify("token", 400, { error: secret, error_description: secret }, null, secrets),
    ]);
    expect(told).not.toContain("marked");
    expect(told).not.toContain("ann@");
  });

  it("and stays short and storable", () => {
    const fault = classify("message", 500, google(500, "x\0".repeat(1_000), `\0\ud800${"y".repeat(20_000)}`));
    expect(fault.message.length).toBeLessThanOrEqual(500);
    expect(fault.reason?.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(fault)).not.toMatch(/\\u0000|\\ud800/);
  });
});
