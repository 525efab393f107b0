import type { HTTPMethods } from "fastify";
import { preflightHeaders } from "../access/allow-browser.ts";
import type { Api } from "../api.ts";
import { ApiProblem } from "./problem.ts";

const methods: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A method that a known route does not offer is 405 with what it does offer. Call it before routes are registered. */
export function refuseMethods(app: Api): { readonly register: () => void } {
  const offered = new Map<string, Set<HTTPMethods>>();
  const forBrowsers = new Set<string>();
  app.addHook("onRoute", ({ url, method, config }) => {
    const known = offered.get(url) ?? new Set();
    for (const name of [method].flat()) known.add(name as HTTPMethods);
    offered.set(url, known);
    if (config?.browser === true) forBrowsers.add(url);
  });
  const register = (): void => {
    for (const [url, known] of [...offered]) {
      const refused = methods.filter((method) => !known.has(method));
      if (refused.length > 0) refuse(app, url, refused, [...known].join(", "), forBrowsers.has(url));
    }
  };
  return { register };
}

/** @param isForBrowsers preflights are answered: a page asks before it shows its token */
function refuse(app: Api, url: string, method: HTTPMethods[], allow: string, isForBrowsers: boolean): void {
  app.route({
    url,
    method,
    exposeHeadRoute: false,
    schema: { hide: true },
    // Before a body is read.
    onRequest: async ({ method: asked, headers }, reply) => {
      const { origin, "access-control-request-method": wanted } = headers;
      const isPreflight = asked === "OPTIONS" && origin !== undefined && wanted !== undefined;
      if (isForBrowsers && isPreflight)
        return reply
          .code(204)
          .headers({ ...preflightHeaders, "access-control-allow-origin": origin })
          .send();
      throw new ApiProblem("method_not_allowed", `Offered here: ${allow}.`, { headers: { allow } });
    },
    handler: () => {},
  });
}
