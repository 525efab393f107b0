import type { BodyOf, CallOptions } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** Links with which people connect their mailboxes in a browser. */
export const connectLinks = (api: Caller) => ({
  create: (request: BodyOf<"post", "/v1/connect-links">, options?: CallOptions) =>
    api.json("post", "/v1/connect-links", { body: request }, options),
  /** What came of it. */
  get: (id: string, options?: CallOptions) =>
    api.json("get", "/v1/connect-links/{id}", { path: { id } }, options),
});
