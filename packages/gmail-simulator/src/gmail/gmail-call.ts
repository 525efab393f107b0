import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Endpoint } from "../quota/price-lists.ts";
import type { SimulatorState } from "../simulator-state.ts";
import type { Answer } from "./answer.ts";

/** A request to the API, alone or as a part of a batch. */
export interface GmailRequest {
  readonly method: string;
  /** Path with its query, as it came. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
  readonly inBatch: boolean;
}

/** A request that was let in: authenticated, paid, and known by its endpoint. */
export interface GmailCall {
  readonly state: SimulatorState;
  readonly mailbox: Mailbox;
  /** Path segments that the endpoint names: a message's id, an attachment's. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export type GmailHandler = (call: GmailCall) => Answer | Promise<Answer>;

export interface GmailRoute {
  readonly endpoint: Endpoint;
  readonly method: "GET" | "POST";
  /** After /gmail/v1/users/{userId}; every group is an id. */
  readonly pattern: RegExp;
  readonly handle: GmailHandler;
}
