import type { BodyOf, CallOptions, FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** Connected mailboxes. */
export const accounts = (api: Caller) => ({
  /** Connects a mailbox with a refresh token that one has; in a browser people do it with a link of `connectLinks`. */
  connect: (request: BodyOf<"post", "/v1/accounts">, options?: CallOptions) =>
    api.json("post", "/v1/accounts", { body: request }, options),
  list: (query: FilterOf<"/v1/accounts"> = {}) => api.list("/v1/accounts", { query }),
  get: (id: string, options?: CallOptions) => api.json("get", "/v1/accounts/{id}", { path: { id } }, options),
  change: (id: string, change: BodyOf<"patch", "/v1/accounts/{id}">, options?: CallOptions) =>
    api.json("patch", "/v1/accounts/{id}", { path: { id }, body: change }, options),
  /** Removes it with all that is held on it. */
  delete: (id: string, options?: CallOptions) =>
    api.json("delete", "/v1/accounts/{id}", { path: { id } }, options),
  quota: (id: string, options?: CallOptions) =>
    api.json("get", "/v1/accounts/{id}/quota", { path: { id } }, options),
  replaceCredentials: (
    id: string,
    request: BodyOf<"post", "/v1/accounts/{id}/credentials">,
    options?: CallOptions,
  ) => api.json("post", "/v1/accounts/{id}/credentials", { path: { id }, body: request }, options),
  labels: async (id: string, options?: CallOptions) =>
    (await api.json("get", "/v1/accounts/{id}/labels", { path: { id } }, options)).items,
  messages: (id: string, query: FilterOf<"/v1/accounts/{id}/messages"> = {}) =>
    api.list("/v1/accounts/{id}/messages", { path: { id }, query }),
  /** Lists the mailbox anew and compares it with the store. */
  verify: (id: string, request: BodyOf<"post", "/v1/accounts/{id}/verify"> = {}, options?: CallOptions) =>
    api.json("post", "/v1/accounts/{id}/verify", { path: { id }, body: request }, options),
  verification: (id: string, verificationId: string, options?: CallOptions) =>
    api.json(
      "get",
      "/v1/accounts/{id}/verifications/{verificationId}",
      { path: { id, verificationId } },
      options,
    ),
  /** All that is held on it, as JSON lines or as an mbox: read the answer's body as it comes. */
  export: (id: string, format: "jsonl" | "mbox", options?: CallOptions) =>
    api.raw("/v1/accounts/{id}/export", { path: { id }, query: { format } }, options),
});
