import type { CallOptions, QueryOf } from "../http/call-types.ts";
import type { Caller } from "../http/caller.ts";

type Deleted = QueryOf<"/v1/messages/{id}">;

export interface ContentOptions extends CallOptions {
  /** `bytes=0-1023`, say. */
  readonly range?: string;
}

/** The mail, message by message; lists are those of `accounts.messages`. */
export const messages = (api: Caller) => ({
  get: (id: string, query: Deleted = {}, options?: CallOptions) =>
    api.json("get", "/v1/messages/{id}", { path: { id }, query }, options),
  /** The exact bytes, where the account keeps them. */
  raw: (id: string, query: Deleted = {}, options?: CallOptions) =>
    api.raw("/v1/messages/{id}/raw", { path: { id }, query }, options),
  /** A page that is safe to show, in a frame of its own. */
  html: (id: string, query: QueryOf<"/v1/messages/{id}/html"> = {}, options?: CallOptions) =>
    api.raw("/v1/messages/{id}/html", { path: { id }, query }, options),
  attachments: async (id: string, query: Deleted = {}, options?: CallOptions) =>
    (await api.json("get", "/v1/messages/{id}/attachments", { path: { id }, query }, options)).items,
  attachment: (id: string, aid: string, query: Deleted = {}, { range, ...options }: ContentOptions = {}) =>
    api.raw(
      "/v1/messages/{id}/attachments/{aid}",
      { path: { id, aid }, query },
      { ...options, ...(range === undefined ? {} : { headers: { range } }) },
    ),
});
