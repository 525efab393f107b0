import type { FastifyRequest } from "fastify";
import { ApiProblem } from "../http/problem.ts";
import { type Caller, tenantOf } from "./caller.ts";
import { decideAccess, type Refusal, type RouteAccess } from "./decide-access.ts";
import { type CallerPorts, findCaller } from "./find-caller.ts";

/**
 * Puts on the request who calls. Runs before a body is read.
 *
 * @throws {ApiProblem} unauthenticated
 */
export async function authenticate(ports: CallerPorts, request: FastifyRequest): Promise<Caller> {
  const secret = secretOf(request);
  const caller = secret === null ? null : await findCaller(ports, secret);
  if (caller === null) throw unauthenticated();
  request.caller = caller;
  request.tenantId = tenantOf(caller);
  return caller;
}

/**
 * Lets a caller do what he may.
 *
 * @throws {ApiProblem} forbidden
 */
export function authorize(caller: Caller, request: FastifyRequest): void {
  const { id } = request.params as { readonly id?: string };
  const refusal = decideAccess(caller, { method: request.method, access: request.routeOptions.config, id });
  if (refusal !== null) throw forbidden(refusal);
}

/** What a request shows of who makes it; null: nothing. */
export function secretOf(request: FastifyRequest): string | null {
  const access: RouteAccess = request.routeOptions.config;
  return bearerOf(request) ?? (access.tokenInQuery === true ? tokenInQuery(request) : null);
}

function bearerOf({ headers }: FastifyRequest): string | null {
  if (headers.authorization === undefined) return null;
  const [scheme = "", secret = "", ...rest] = headers.authorization.trim().split(/ +/);
  return scheme.toLowerCase() === "bearer" && rest.length === 0 ? secret : null;
}

/** Keys are not taken from an address: addresses are written down by whoever passes them on. */
function tokenInQuery({ query }: FastifyRequest): string | null {
  const { access_token: token } = query as { readonly access_token?: unknown };
  return typeof token === "string" && token.startsWith("mrb_") ? token : null;
}

function unauthenticated(): ApiProblem {
  return new ApiProblem(
    "unauthenticated",
    "Send the header Authorization: Bearer mr_… with a key of your tenant that has not ended.",
    { headers: { "www-authenticate": 'Bearer realm="millrace"' } },
  );
}

function forbidden(refusal: Refusal): ApiProblem {
  const scope = refusal.kind === "scope_missing" ? `, scope="${refusal.scope}"` : "";
  return new ApiProblem("forbidden", wordsOf(refusal), {
    headers: { "www-authenticate": `Bearer realm="millrace", error="insufficient_scope"${scope}` },
  });
}

function wordsOf(refusal: Refusal): string {
  switch (refusal.kind) {
    case "scope_missing":
      return `This key lacks the scope ${refusal.scope}. A key with the scope admin can make one that has it: POST /v1/keys.`;
    case "operators_only":
      return "This is for the operator of the installation, with a key of MILLRACE_OPERATOR_KEYS.";
    case "keys_only":
      return "This takes a key of a tenant (mr_…).";
    case "other_sync":
      return "This token is for one sync only, and not for this.";
  }
}
