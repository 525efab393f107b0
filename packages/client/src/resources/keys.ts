import type { BodyOf, CallOptions, FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** The tenant's keys. A key's secret is shown once, when it is made. */
export const keys = (api: Caller) => ({
  create: (request: BodyOf<"post", "/v1/keys">, options?: CallOptions) =>
    api.json("post", "/v1/keys", { body: request }, options),
  list: (query: FilterOf<"/v1/keys"> = {}) => api.list("/v1/keys", { query }),
  /** A key that follows another. */
  rotate: (keyId: string, request: BodyOf<"post", "/v1/keys/{keyId}/rotate"> = {}, options?: CallOptions) =>
    api.json("post", "/v1/keys/{keyId}/rotate", { path: { keyId }, body: request }, options),
  revoke: (keyId: string, options?: CallOptions) =>
    api.json("delete", "/v1/keys/{keyId}", { path: { keyId } }, options),
});

/** Tokens with which pages in a browser may watch, for minutes. */
export const browserTokens = (api: Caller) => ({
  create: (request: BodyOf<"post", "/v1/browser-tokens"> = {}, options?: CallOptions) =>
    api.json("post", "/v1/browser-tokens", { body: request }, options),
});
