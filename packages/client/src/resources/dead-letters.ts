import type { BodyOf, CallOptions, FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** What was set aside, with its reason. */
export const deadLetters = (api: Caller) => ({
  list: (query: FilterOf<"/v1/dead-letters"> = {}) => api.list("/v1/dead-letters", { query }),
  get: (id: string, options?: CallOptions) =>
    api.json("get", "/v1/dead-letters/{id}", { path: { id } }, options),
  /** The bytes, where they were fetched. */
  raw: (id: string, options?: CallOptions) => api.raw("/v1/dead-letters/{id}/raw", { path: { id } }, options),
  redrive: (id: string, options?: CallOptions) =>
    api.json("post", "/v1/dead-letters/{id}/redrive", { path: { id } }, options),
  redriveMany: (request: BodyOf<"post", "/v1/dead-letters/redrive">, options?: CallOptions) =>
    api.json("post", "/v1/dead-letters/redrive", { body: request }, options),
  /** Nobody wants it. */
  discard: (id: string, options?: CallOptions) =>
    api.json("delete", "/v1/dead-letters/{id}", { path: { id } }, options),
});
