import type { FastifyReply, FastifyRequest } from "fastify";
import type { Api } from "../api.ts";
import { ApiProblem } from "../http/problem.ts";
import { allowBrowser } from "./allow-browser.ts";
import { auditRequests } from "./audit-requests.ts";
import { authenticate, authorize, secretOf } from "./authenticate.ts";
import type { Caller } from "./caller.ts";
import type { RouteAccess } from "./decide-access.ts";
import { type CallerPorts, tenantOfToken } from "./find-caller.ts";
import type { RateLimits } from "./rate-limits.ts";

declare module "fastify" {
  interface FastifyContextConfig extends RouteAccess {
    /** Is in the audit trail although it only reads. */
    readonly isNoted?: boolean;
  }
}

/**
 * What stands before every route that is registered after it, in this order: how often the address asks, who asks, which
 * pages may read the answer, how often he asks, whether he may; and, once the request has its form, the note of what he is
 * about to do.
 */
export function guard(app: Api, ports: CallerPorts, rates: RateLimits): void {
  const identify = async (request: FastifyRequest, reply: FastifyReply): Promise<Caller> => {
    try {
      const caller = await authenticate(ports, request);
      if (caller.kind === "browser") await allowBrowser(ports.pool, request, reply, caller.tenantId);
      return caller;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== "unauthenticated") throw error;
      await rates.noteRefused(request);
      await allowOfEnded(ports, request, reply);
      throw error;
    }
  };
  app.addHook("onRequest", async (request, reply) => {
    await rates.admitAddress(request);
    const caller = await identify(request, reply);
    await rates.admitCaller(request);
    authorize(caller, request);
  });
  auditRequests(app, ports);
}

/** A page whose token has ended is to see that it has. */
async function allowOfEnded(
  { pool }: CallerPorts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const secret = secretOf(request);
  if (request.headers.origin === undefined || secret === null) return;
  const tenantId = await tenantOfToken(pool, secret);
  if (tenantId !== null) await allowBrowser(pool, request, reply, tenantId);
}
