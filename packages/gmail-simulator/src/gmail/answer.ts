/** What an endpoint answers, before it becomes HTTP or a part of a batch. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface GoogleError {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  /** The message inside errors[], where it differs. */
  readonly innerMessage?: string;
  readonly domain?: string;
  readonly location?: string;
  readonly locationType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonAnswer(value: unknown): Answer {
  return { status: 200, body: JSON.stringify(value) };
}

/**
 * An object with one more member that holds content as base64url. The content passes by JSON.stringify and the
 * encoding of text, which megabytes of it would slow down. The object must not be empty.
 */
export function jsonAnswerWithContent(value: object, name: string, content: Buffer): Answer {
  const head = Buffer.from(`${JSON.stringify(value).slice(0, -1)},${JSON.stringify(name)}:"`);
  const encoded = Buffer.from(toBase64Url(content), "latin1");
  return { status: 200, body: Buffer.concat([head, encoded, Buffer.from('"}')]) };
}

/** base64url with its padding, which Gmail keeps. */
export function toBase64Url(bytes: Buffer): string {
  const text = bytes.toString("base64url");
  return text + "==".slice(0, (4 - (text.length % 4)) % 4);
}

/** An error in the shape of Google's APIs. https://developers.google.com/gmail/api/guides/handle-errors */
export function errorAnswer(error: GoogleError): Answer {
  const { status, message, reason } = error;
  const place =
    error.location === undefined ? {} : { location: error.location, locationType: error.locationType };
  const errors = [
    { message: error.innerMessage ?? message, domain: error.domain ?? "global", reason, ...place },
  ];
  const body = { error: { code: status, message, errors, status: STATUS_WORDS[status] ?? "UNKNOWN" } };
  return {
    status,
    body: `${JSON.stringify(body, null, 2)}\n`,
    ...(error.headers === undefined ? {} : { headers: error.headers }),
  };
}

/** A missing, wrong or expired access token. */
export function unauthenticated(): Answer {
  return errorAnswer({
    status: 401,
    reason: "authError",
    message:
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other " +
      "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    innerMessage: "Invalid Credentials",
    location: "Authorization",
    locationType: "header",
    headers: { "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
  });
}

/** A mailbox that the token is not for. */
export function delegationDenied(email: string): Answer {
  return errorAnswer({ status: 403, reason: "forbidden", message: `Delegation denied for ${email}` });
}

export function notFound(): Answer {
  return errorAnswer({ status: 404, reason: "notFound", message: "Requested entity was not found." });
}

export function badRequest(message: string, reason = "invalidArgument"): Answer {
  return errorAnswer({ status: 400, reason, message });
}

/** The per-user limit: the time to come back stands in the message, and only there. */
export function userRateLimited(retryAtMs: number): Answer {
  return errorAnswer({
    status: 403,
    domain: "usageLimits",
    reason: "userRateLimitExceeded",
    message: `User-rate limit exceeded.  Retry after ${new Date(Math.ceil(retryAtMs)).toISOString()}`,
  });
}

/** The project's limit, which says nothing of when to come back. */
export function projectRateLimited(): Answer {
  return errorAnswer({
    status: 429,
    reason: "rateLimitExceeded",
    message:
      "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service " +
      "'gmail.googleapis.com' for consumer 'project_number:100000000000'.",
  });
}

export function tooManyConcurrent(): Answer {
  return errorAnswer({
    status: 429,
    reason: "rateLimitExceeded",
    message: "Too many concurrent requests for user",
  });
}

/** https://cloud.google.com/apis/design/errors#handling_errors */
const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};
