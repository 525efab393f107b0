import type { CallOptions } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** For supervisors: these take no key. */
export const health = (api: Caller) => ({
  live: (options?: CallOptions) => api.json("get", "/healthz", {}, options),
  /** @throws MillraceError `not_ready`, whose problem names the parts that are not */
  ready: (options?: CallOptions) => api.json("get", "/readyz", {}, options),
  /** The API's own description, OpenAPI 3.1. */
  description: (options?: CallOptions) => api.json("get", "/openapi.json", {}, options),
});
