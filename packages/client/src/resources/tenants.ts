import type { BodyOf, CallOptions, FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** The tenant that the key belongs to. */
export const tenant = (api: Caller) => ({
  get: (options?: CallOptions) => api.json("get", "/v1/tenant", {}, options),
  change: (change: BodyOf<"patch", "/v1/tenant">, options?: CallOptions) =>
    api.json("patch", "/v1/tenant", { body: change }, options),
});

type TenantPath = "/v1/tenants/{tenantId}";

/** All tenants: takes an operator's key. */
export const tenants = (api: Caller) => ({
  create: (request: BodyOf<"post", "/v1/tenants">, options?: CallOptions) =>
    api.json("post", "/v1/tenants", { body: request }, options),
  list: (query: FilterOf<"/v1/tenants"> = {}) => api.list("/v1/tenants", { query }),
  get: (tenantId: string, options?: CallOptions) =>
    api.json("get", "/v1/tenants/{tenantId}", { path: { tenantId } }, options),
  change: (tenantId: string, change: BodyOf<"patch", TenantPath>, options?: CallOptions) =>
    api.json("patch", "/v1/tenants/{tenantId}", { path: { tenantId }, body: change }, options),
  createKey: (tenantId: string, request: BodyOf<"post", `${TenantPath}/keys`>, options?: CallOptions) =>
    api.json("post", "/v1/tenants/{tenantId}/keys", { path: { tenantId }, body: request }, options),
  keys: (tenantId: string, query: FilterOf<`${TenantPath}/keys`> = {}) =>
    api.list("/v1/tenants/{tenantId}/keys", { path: { tenantId }, query }),
  rotateKey: (
    tenantId: string,
    keyId: string,
    request: BodyOf<"post", `${TenantPath}/keys/{keyId}/rotate`> = {},
    options?: CallOptions,
  ) =>
    api.json(
      "post",
      "/v1/tenants/{tenantId}/keys/{keyId}/rotate",
      { path: { tenantId, keyId }, body: request },
      options,
    ),
  revokeKey: (tenantId: string, keyId: string, options?: CallOptions) =>
    api.json("delete", "/v1/tenants/{tenantId}/keys/{keyId}", { path: { tenantId, keyId } }, options),
  audit: (tenantId: string, query: FilterOf<`${TenantPath}/audit`> = {}) =>
    api.list("/v1/tenants/{tenantId}/audit", { path: { tenantId }, query }),
});
