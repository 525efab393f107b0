import type { FastifyRequest } from "fastify";
import type { Api } from "../api.ts";

/** One line a request. Neither query strings nor headers are in it: people's search words, and keys. */
export function logRequests(app: Api): void {
  app.addHook("onResponse", async (request, { statusCode, elapsedTime }) => {
    write(request, { status: statusCode, durationMs: Math.round(elapsedTime) }, "answered");
  });
  app.addHook("onRequestAbort", async (request) =>
    write(request, { status: "client left" }, "the client left"),
  );
}

function write(
  request: FastifyRequest,
  outcome: { status: number | string; durationMs?: number },
  message: string,
): void {
  const route = request.routeOptions.url;
  // Ids; what did not have their form may be anything.
  const hasIds = route?.includes(":") && outcome.status !== 400;
  const line = {
    event: "http.request",
    method: request.method,
    route: route ?? "(none)",
    ...(hasIds ? { params: request.params } : {}),
    ...outcome,
    ...(request.tenantId === "" ? {} : { tenantId: request.tenantId }),
  };
  if (route?.startsWith("/v1/")) request.log.info(line, message);
  else request.log.debug(line, message);
}
