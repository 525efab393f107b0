import type { CallOptions, QueryOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** How all of it is, now: of the key's tenant; an operator's key sees all of them. */
export const overview = (api: Caller) => (options?: CallOptions) =>
  api.json("get", "/v1/overview", {}, options);

/** What was done, minute by minute, oldest first. */
export const activity =
  (api: Caller) =>
  (query: QueryOf<"/v1/activity"> = {}, options?: CallOptions) =>
    api.json("get", "/v1/activity", { query }, options);

/** How large what keeps data is, and when it is full. With an operator's key. */
export const forecasts = (api: Caller) => (options?: CallOptions) =>
  api.json("get", "/v1/forecasts", {}, options);

/** Who the key or browser token is. */
export const me = (api: Caller) => (options?: CallOptions) => api.json("get", "/v1/me", {}, options);
