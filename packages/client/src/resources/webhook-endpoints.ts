import type { BodyOf, CallOptions, FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

type EndpointPath = "/v1/webhook-endpoints/{id}";

/** Whom Millrace tells, and of what. */
export const webhookEndpoints = (api: Caller) => ({
  create: (request: BodyOf<"post", "/v1/webhook-endpoints">, options?: CallOptions) =>
    api.json("post", "/v1/webhook-endpoints", { body: request }, options),
  list: (query: FilterOf<"/v1/webhook-endpoints"> = {}) => api.list("/v1/webhook-endpoints", { query }),
  get: (id: string, options?: CallOptions) =>
    api.json("get", "/v1/webhook-endpoints/{id}", { path: { id } }, options),
  change: (id: string, change: BodyOf<"patch", EndpointPath>, options?: CallOptions) =>
    api.json("patch", "/v1/webhook-endpoints/{id}", { path: { id }, body: change }, options),
  delete: (id: string, options?: CallOptions) =>
    api.json("delete", "/v1/webhook-endpoints/{id}", { path: { id } }, options),
  rotateSecret: (id: string, options?: CallOptions) =>
    api.json("post", "/v1/webhook-endpoints/{id}/secret", { path: { id } }, options),
  test: (id: string, options?: CallOptions) =>
    api.json("post", "/v1/webhook-endpoints/{id}/test", { path: { id } }, options),
  deliveries: (id: string, query: FilterOf<`${EndpointPath}/deliveries`> = {}) =>
    api.list("/v1/webhook-endpoints/{id}/deliveries", { path: { id }, query }),
  /** Sends messages again, under the same ids. */
  replay: (id: string, request: BodyOf<"post", `${EndpointPath}/replay`>, options?: CallOptions) =>
    api.json("post", "/v1/webhook-endpoints/{id}/replay", { path: { id }, body: request }, options),
});
