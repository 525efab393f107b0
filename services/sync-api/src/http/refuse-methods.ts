import type { HTTPMethods } from "fastify";
import type { Api } from "../api.ts";
import { ApiProblem } from "./problem.ts";

const methods: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A method that a known route does not offer is 405 with what it does offer. Call it before routes are registered. */
export function refuseMethods(app: Api): { readonly register: () => void } {
  const offered = new Map<string, Set<HTTPMethods>>();
  app.addHook("onRoute", ({ url, method }) => {
    const known = offered.get(url) ?? new Set();
    for (const name of [method].flat()) known.add(name as HTTPMethods);
    offered.set(url, known);
  });
  const register = (): void => {
    for (const [url, known] of [...offered]) {
      const refused = methods.filter((method) => !known.has(method));
      if (refused.length > 0) refuse(app, url, refused, [...known].join(", "));
    }
  };
  return { register };
}

function refuse(app: Api, url: string, method: HTTPMethods[], allow: string): void {
  app.route({
    url,
    method,
    exposeHeadRoute: false,
    schema: { hide: true },
    // Before a body is read.
    onRequest: async () => {
      throw new ApiProblem("method_not_allowed", `Offered here: ${allow}.`, { headers: { allow } });
    },
    handler: () => {},
  });
}
