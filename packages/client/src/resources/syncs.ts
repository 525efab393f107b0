import type { BodyOf, CallOptions, FilterOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";
import { newIdempotencyKey } from "../http/new-idempotency-key.ts";

export interface StartOptions extends CallOptions {
  /** The same key and request again is the same sync. Without one, each call has its own, so that it can be repeated. */
  readonly idempotencyKey?: string | undefined;
}

/** Runs over accounts: asked for, looked at, controlled. */
export const syncs = (api: Caller) => ({
  /** Answers when the request is safe: it will end, whatever happens meanwhile. */
  start: (request: BodyOf<"post", "/v1/syncs">, { idempotencyKey, signal }: StartOptions = {}) => {
    const headers = { "idempotency-key": idempotencyKey ?? newIdempotencyKey() };
    return api.json("post", "/v1/syncs", { body: request }, { headers, isRepeatable: true, signal });
  },
  /** Newest first. */
  list: (query: FilterOf<"/v1/syncs"> = {}) => api.list("/v1/syncs", { query }),
  get: (id: string, options?: CallOptions) => api.json("get", "/v1/syncs/{id}", { path: { id } }, options),
  pause: (id: string, options?: CallOptions) =>
    api.json("post", "/v1/syncs/{id}/pause", { path: { id } }, { ...options, isRepeatable: true }),
  resume: (id: string, options?: CallOptions) =>
    api.json("post", "/v1/syncs/{id}/resume", { path: { id } }, { ...options, isRepeatable: true }),
  cancel: (id: string, options?: CallOptions) =>
    api.json("post", "/v1/syncs/{id}/cancel", { path: { id } }, { ...options, isRepeatable: true }),
  /**
   * What that means depends on its state; of one that failed, `syncId` of the answer is a new one. To see what comes of it:
   * `watchSync(answer.syncId, { after: answer.version })`.
   */
  retry: (id: string, options?: CallOptions) =>
    api.json("post", "/v1/syncs/{id}/retry", { path: { id } }, options),
  chunks: (id: string) => api.list("/v1/syncs/{id}/chunks", { path: { id } }),
  /** What happened to it, fact by fact. */
  events: (id: string, query: FilterOf<"/v1/syncs/{id}/events"> = {}) =>
    api.list("/v1/syncs/{id}/events", { path: { id }, query }),
});
