import { accountIdSchema, syncIdSchema } from "@millrace/shared/events/identifiers";
import { type OpenRequest, openRequest } from "@millrace/shared/telemetry/open-request";
import type { WorkLabels } from "@millrace/shared/telemetry/work-labels";
import type { FastifyRequest } from "fastify";
import type { Api } from "../api.ts";

declare module "fastify" {
  interface FastifyRequest {
    traced: OpenRequest | null;
  }
}

/**
 * One span a request of the API, in which all that it leads to takes part. Neither addresses nor queries nor bodies are told.
 * Probes of whoever supervises us are none.
 */
export function traceRequests(app: Api): void {
  app.decorateRequest("traced", null);
  app.addHook("onRequest", (request, _reply, done) => {
    const route = request.routeOptions.url ?? null;
    if (route?.startsWith("/v1/") !== true) return done();
    request.traced = openRequest(request.method, route, (name) => textOf(request.headers[name]));
    request.traced.within(done);
  });
  // Who has read a body is called by the socket, and not by what came before.
  app.addHook("preValidation", (request, _reply, done) => within(request, done));
  app.addHook("preHandler", (request, _reply, done) => {
    request.traced?.label(labelsOf(request));
    done();
  });
  app.addHook("onResponse", (request, { statusCode }, done) => {
    request.traced?.end(statusCode);
    within(request, done);
  });
  app.addHook("onRequestAbort", (request, done) => {
    request.traced?.end(null);
    within(request, done);
  });
}

const within = ({ traced }: FastifyRequest, done: () => void): void =>
  traced === null ? done() : traced.within(done);

const textOf = (header: string | string[] | undefined): string => (typeof header === "string" ? header : "");

function labelsOf({ tenantId, params, routeOptions }: FastifyRequest): WorkLabels {
  const { id } = (params ?? {}) as { readonly id?: unknown };
  const accountId = accountIdSchema.safeParse(routeOptions.url?.startsWith("/v1/accounts/:id") ? id : null);
  const syncId = syncIdSchema.safeParse(routeOptions.url?.startsWith("/v1/syncs/:id") ? id : null);
  return {
    ...(tenantId === "" ? {} : { "tenant.id": tenantId }),
    ...(accountId.success ? { "account.id": accountId.data } : {}),
    ...(syncId.success ? { "sync.id": syncId.data } : {}),
  };
}
