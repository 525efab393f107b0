import { requestSeconds } from "@millrace/shared/telemetry/metrics/api-metrics";
import type { FastifyRequest } from "fastify";
import type { Api } from "../api.ts";

/** What web servers write when a client leaves before the answer. */
const clientLeft = "499";

/** How long requests take, by the route's template: addresses hold ids. */
export function measureRequests(app: Api): void {
  const beganMs = new WeakMap<FastifyRequest, number>();
  const record = (request: FastifyRequest, status: string): void => {
    const tookMs = performance.now() - (beganMs.get(request) ?? performance.now());
    requestSeconds.record(tookMs / 1_000, {
      "http.request.method": request.method,
      "http.route": request.routeOptions.url ?? "(none)",
      "http.response.status_code": status,
    });
  };
  app.addHook("onRequest", async (request) => void beganMs.set(request, performance.now()));
  app.addHook("onResponse", async (request, { statusCode }) => record(request, String(statusCode)));
  app.addHook("onRequestAbort", async (request) => record(request, clientLeft));
}
