import { BlobStoreAwayError } from "@millrace/shared/blobs/blob-store";
import { ForeignBlobStoreError, MissingBlobStoreError } from "@millrace/shared/blobs/store-mark-errors";
import { NewerFactError } from "@millrace/shared/events/upcast-fact";
import { isBrokerAway } from "@millrace/shared/nats/is-store-away";
import { BrokerUnavailableError } from "@millrace/shared/nats/publish-request";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { Api } from "../api.ts";
import { bodyBytesMax } from "./body-limit.ts";
import { isDatabaseAway } from "./database-away.ts";
import { ApiProblem, type InvalidPart, problemMediaType } from "./problem.ts";

const retryAfterSeconds = "2";
const invalidPartsMax = 20;

/** What a browser is shown where there is no route; null: nothing, as it is no browser that asks for a page. */
export type ShowNoSuchPage = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | null;

/** Every error of every route becomes a problem document here, and nowhere else. */
export function answerProblems(app: Api, showNoSuchPage: ShowNoSuchPage = () => null): void {
  app.setErrorHandler((error, request, reply) => sendProblem(problemOf(error, request), request, reply));
  app.setNotFoundHandler(
    (request, reply) =>
      showNoSuchPage(request, reply) ??
      sendProblem(new ApiProblem("not_found", "There is no such route; see /docs."), request, reply),
  );
}

export function sendProblem(problem: ApiProblem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.status >= 500) request.log.error({ err: problem, code: problem.code }, "the request failed");
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(problemMediaType)
    .serializer(JSON.stringify)
    .send(problem.document(request.id));
}

/** What to tell the client of an error. What is not known becomes `internal`, without its words. */
export function problemOf(error: unknown, request: FastifyRequest): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error, request);
  if (isDatabaseAway(error)) {
    return new ApiProblem("database_unavailable", "The database does not answer. Try again shortly.", {
      cause: error,
      headers: { "retry-after": retryAfterSeconds },
    });
  }
  if (error instanceof BrokerUnavailableError || isBrokerAway(error)) {
    return new ApiProblem(
      "broker_unavailable",
      "The broker does not answer. Whether it took the request is not known; repeating it is safe.",
      { cause: error, headers: { "retry-after": retryAfterSeconds } },
    );
  }
  if (error instanceof NewerFactError) {
    return new ApiProblem(
      "upgrading",
      "A newer version of the service has to answer this, and is being rolled out. Try again shortly.",
      { cause: error, headers: { "retry-after": retryAfterSeconds } },
    );
  }
  if (error instanceof BlobStoreAwayError) {
    const isNotOurs =
      error.cause instanceof ForeignBlobStoreError || error.cause instanceof MissingBlobStoreError;
    return new ApiProblem(
      "blob_store_unavailable",
      isNotOurs
        ? "The store of attachments is not this installation's. Its operator has to look: the log says how to mend it."
        : "The store of attachments does not answer. Try again shortly.",
      {
        cause: error,
        headers: { "retry-after": retryAfterSeconds },
      },
    );
  }
  return problemOfFramework(error as Partial<FastifyError>);
}

function problemOfFramework(error: Partial<FastifyError>): ApiProblem {
  switch (error.code) {
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new ApiProblem("invalid_json", "The body must be one JSON value.", { cause: error });
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new ApiProblem("body_too_large", `A body may have ${bodyBytesMax} bytes at most.`, {
        cause: error,
        headers: { connection: "close" },
      });
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new ApiProblem("unsupported_media_type", "Send application/json.", { cause: error });
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    return new ApiProblem(
      "bad_request",
      "The request cannot be read: its URL, headers or body are malformed.",
      {
        cause: error,
      },
    );
  }
  return new ApiProblem("internal", "It was logged under the request id. Trying again may help.", {
    cause: error,
  });
}

const partNames = { body: "body", querystring: "query", params: "path", headers: "header" } as const;

function invalidRequest(
  error: { validation: readonly { instancePath: string; message?: string | undefined }[] },
  _request: FastifyRequest,
): ApiProblem {
  const context = (error as { validationContext?: string }).validationContext ?? "body";
  const where = partNames[context as keyof typeof partNames] ?? "body";
  const errors: InvalidPart[] = error.validation.slice(0, invalidPartsMax).map((issue) => ({
    in: where,
    pointer: issue.instancePath === "/" ? "#" : `#${issue.instancePath}`,
    detail: issue.message ?? "is not valid",
  }));
  const [first] = errors;
  const detail = first === undefined ? "It is not valid." : `${first.in} ${first.pointer}: ${first.detail}`;
  return new ApiProblem("invalid_request", detail, { extras: { errors } });
}
