import type { BodyOf, CallOptions, FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

/** What is removed when it has had its time. */
export const retention = (api: Caller) => ({
  /** Has it done now; `dryRun` tells what would be removed. An operator's key has it done for everybody. */
  run: (request: BodyOf<"post", "/v1/retention/run"> = {}, options?: CallOptions) =>
    api.json("post", "/v1/retention/run", { body: request }, options),
  runs: (query: FilterOf<"/v1/retention/runs"> = {}) => api.list("/v1/retention/runs", { query }),
});
