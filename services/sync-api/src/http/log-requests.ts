import type { Api } from "../api.ts";

/** One line a request. Neither query strings nor headers are in it: people's search words, and keys. */
export function logRequests(app: Api): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url;
    const line = {
      event: "http.request",
      method: request.method,
      route: route ?? "(none)",
      // Ids; what did not have their form may be anything.
      ...(route?.includes(":") && reply.statusCode !== 400 ? { params: request.params } : {}),
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      ...(request.tenantId === "" ? {} : { tenantId: request.tenantId }),
    };
    if (route?.startsWith("/v1/")) request.log.info(line, "answered");
    else request.log.debug(line, "answered");
  });
}
