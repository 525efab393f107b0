import type { FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** What happened, fact by fact. */
export const events = (api: Caller) => ({
  list: (query: FilterOf<"/v1/events"> = {}) => api.list("/v1/events", { query }),
});

/** Who has asked for what was done. */
export const audit = (api: Caller) => ({
  list: (query: FilterOf<"/v1/audit"> = {}) => api.list("/v1/audit", { query }),
});
