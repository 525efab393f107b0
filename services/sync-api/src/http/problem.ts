import { z } from "zod";

/** The one place that maps codes to status. Titles say what kind of thing it is, details what happened this time. */
const problems = {
  invalid_json: [400, "The body is not valid JSON"],
  invalid_request: [400, "The request does not have the form that is asked for"],
  bad_request: [400, "The request cannot be read"],
  return_url_refused: [400, "The return address is not one of the tenant's"],
  consent_refused: [400, "This is not an answer that we wait for"],
  unauthenticated: [401, "A valid API key is needed"],
  forbidden: [403, "This may not be done with what the request shows"],
  push_token_refused: [401, "The push request does not show that it is ours"],
  not_found: [404, "There is no such thing"],
  push_not_configured: [404, "Push is not configured"],
  connect_not_configured: [404, "Connecting by link is not configured"],
  method_not_allowed: [405, "This method is not offered here"],
  connect_link_refused: [410, "The link cannot be used"],
  attachment_gone: [410, "The attachment is gone"],
  account_exists: [409, "The mailbox is connected already"],
  account_removing: [409, "The account is being removed"],
  account_held: [409, "The account is held"],
  tenant_exists: [409, "There is such a tenant already"],
  too_many_keys: [409, "The tenant has too many keys"],
  reauth_required: [409, "The mailbox has to be connected again"],
  letter_settled: [409, "The dead letter is settled"],
  raw_not_kept: [409, "The exact bytes of this message are not kept"],
  sync_ended: [409, "The sync has ended"],
  endpoint_disabled: [409, "The webhook endpoint is disabled"],
  too_many_endpoints: [409, "The tenant has too many webhook endpoints"],
  too_many_waiting: [409, "Too many syncs of the account wait"],
  precondition_failed: [412, "The content is not the one that the request names"],
  body_too_large: [413, "The body is too large"],
  too_large_to_show: [413, "The message is too large to be shown"],
  unsupported_media_type: [415, "This media type is not understood"],
  range_not_satisfiable: [416, "The content has no such range"],
  credentials_refused: [422, "The provider does not take the credentials"],
  idempotency_mismatch: [422, "The idempotency key was used with another body"],
  too_many_requests: [429, "Too many requests"],
  headers_too_large: [431, "The header fields are too large"],
  internal: [500, "Something went wrong on our side"],
  provider_failed: [502, "The provider's answer is of no use"],
  provider_unavailable: [503, "The provider does not answer as it should"],
  blob_store_unavailable: [503, "The store of attachments is away"],
  database_unavailable: [503, "The database is away"],
  broker_unavailable: [503, "The broker is away"],
  push_keys_unavailable: [503, "The keys to check the token with are away"],
  busy: [503, "Too much at once"],
  log_restoring: [503, "The log is being restored"],
  upgrading: [503, "A newer version is taking over"],
  view_behind: [503, "What is shown lags behind what has happened"],
  too_many_streams: [503, "Too many live streams are open"],
  not_ready: [503, "The service is not ready"],
  stopping: [503, "The service is stopping"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problems;

const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

export const problemMediaType = "application/problem+json";

const invalidPartSchema = z.object({
  in: z.enum(["body", "query", "path", "header"]),
  pointer: z.string().describe("JSON pointer of the value, as a URI fragment: #/chunkSize"),
  detail: z.string(),
});
export type InvalidPart = z.infer<typeof invalidPartSchema>;

/** Problem details, RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string().describe("/problems/<code>"),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(problemCodes),
    requestId: z.string().optional().describe("The same as in the header x-request-id and in our log"),
    errors: z.array(invalidPartSchema).optional().describe("What is wrong with the request, value by value"),
    accountId: z
      .string()
      .optional()
      .describe("account_exists, account_removing: the account that has the mailbox"),
    syncId: z
      .string()
      .optional()
      .describe("broker_unavailable: the sync that a retry with the same key goes on with"),
    why: z
      .enum(["token_refused", "mailbox_refused", "other_mailbox"])
      .optional()
      .describe("credentials_refused: what the provider said of them"),
    parts: z.record(z.string(), z.string()).optional().describe("not_ready: each part and its state"),
  })
  .meta({ id: "Problem", description: "Problem details, RFC 9457" });
export type Problem = z.infer<typeof problemSchema>;

type ProblemExtras = Partial<Pick<Problem, "errors" | "accountId" | "syncId" | "why" | "parts">>;

/** Thrown anywhere in a handler; becomes the answer. Its detail is for the client: nothing internal goes in. */
export class ApiProblem extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    {
      extras = {},
      headers = {},
      cause,
    }: { extras?: ProblemExtras; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause });
    this.name = "ApiProblem";
    this.code = code;
    this.extras = extras;
    this.headers = headers;
  }

  get status(): number {
    return problems[this.code][0];
  }

  /** The document that is sent. */
  document(requestId?: string): Problem {
    return {
      type: `/problems/${this.code}`,
      title: problems[this.code][1],
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(requestId === undefined ? {} : { requestId }),
      ...this.extras,
    };
  }
}

/** @param where the route that lists what there is */
export const notFound = (what: string, where: string): ApiProblem =>
  new ApiProblem("not_found", `This key's tenant has no such ${what}; GET ${where} lists what there is.`);

/** Responses that any route under /v1 may give, for its description; each handler adds its own. */
export const problemResponses = {
  "4xx": {
    description: "A problem of the request",
    content: { [problemMediaType]: { schema: problemSchema } },
  },
  "5xx": { description: "A problem of ours", content: { [problemMediaType]: { schema: problemSchema } } },
};
