import { type Caller, endsAtMs } from "../access/caller.ts";
import type { Api } from "../api.ts";
import { ApiProblem, problemResponses } from "../http/problem.ts";
import { type Me, meSchema } from "../resources/me.ts";

/** Says who asks, so that whoever signs in with a secret knows what it is without trying doors. */
export function getMe(app: Api): void {
  app.get(
    "/v1/me",
    {
      config: { operator: true, browser: true, isAboutCaller: true },
      schema: {
        summary: "Whose key or token this is",
        tags: ["keys"],
        response: { 200: meSchema, ...problemResponses },
      },
    },
    async ({ caller }) => meOf(caller),
  );
}

function meOf(caller: Caller | null): Me {
  if (caller === null) throw new ApiProblem("unauthenticated", "Send a key or a token.");
  const endMs = endsAtMs(caller);
  const expiresAt = endMs === null ? null : new Date(endMs).toISOString();
  switch (caller.kind) {
    case "operator":
      return { kind: "operator", tenantId: null, scopes: [], expiresAt, syncId: null };
    case "key":
      return {
        kind: "tenant",
        tenantId: caller.tenantId,
        scopes: [...caller.scopes],
        expiresAt,
        syncId: null,
      };
    case "browser":
      return {
        kind: "browser",
        tenantId: caller.tenantId,
        scopes: ["read"],
        expiresAt,
        syncId: caller.syncId,
      };
  }
}
