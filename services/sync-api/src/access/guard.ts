import type { Api } from "../api.ts";
import { ApiProblem } from "../http/problem.ts";
import { allowBrowsers } from "./allow-browsers.ts";
import { auditRequests } from "./audit-requests.ts";
import { authenticate } from "./authenticate.ts";
import type { RouteAccess } from "./decide-access.ts";
import type { CallerPorts } from "./find-caller.ts";
import type { RateLimits } from "./rate-limits.ts";

declare module "fastify" {
  interface FastifyContextConfig extends RouteAccess {}
}

/**
 * What stands before every route that is registered after it, in this order: how often the address asks, who asks, how
 * often he does, which pages may read the answer; and, once the request has its form, the note of what he is about to do.
 */
export function guard(app: Api, ports: CallerPorts, rates: RateLimits): void {
  app.addHook("onRequest", async (request) => {
    await rates.admitAddress(request);
    try {
      await authenticate(ports, request);
    } catch (error) {
      if (error instanceof ApiProblem && error.code === "unauthenticated") await rates.noteRefused(request);
      throw error;
    }
    await rates.admitCaller(request);
  });
  allowBrowsers(app, ports.pool);
  auditRequests(app, ports);
}
