import type { EventSourceMessage } from "eventsource-parser";
import { backoffMs } from "../http/backoff-ms.ts";
import { type Connection, exchange } from "../http/exchange.ts";
import { MillraceError } from "../millrace-error.ts";
import { readEvents } from "./read-events.ts";
import { waitForTurn } from "./wait-for-turn.ts";

/** How a live stream stands; between `interrupted` and `open` what was last told may be old. */
export type StreamState =
  | { readonly kind: "open" }
  | { readonly kind: "interrupted"; readonly error: MillraceError | null; readonly retryInMs: number };

export interface WatchOptions {
  /** Ends the watching, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Only what is newer than this version, `<epoch>-<seq>`; an end that is older is none. */
  readonly after?: string | null | undefined;
  /** Told when the stream is there, and when it is not. */
  readonly onState?: ((state: StreamState) => void) | undefined;
}

/** Until the server says how long. */
const retryMsDefault = 2_000;
const retryMsCap = 15_000;
/** A connection that has lasted for so long was a good one. */
const goodMsMin = 10_000;

/**
 * The events of a live stream, over as many connections as it takes: each goes on after the last id. Ends with the
 * server's `end`.
 *
 * @throws MillraceError when the server refuses for good (4xx); the signal's reason
 */
export async function* followEvents(
  connection: Connection,
  path: string,
  { signal, after, onState }: WatchOptions,
): AsyncGenerator<EventSourceMessage> {
  let lastId = after ?? "";
  let retryMs = retryMsDefault;
  let failures = 0;
  for (;;) {
    const began = Date.now();
    let error: MillraceError | null = null;
    try {
      const body = await openStream(connection, path, lastId, signal);
      onState?.({ kind: "open" });
      const events = readEvents(body, {
        silenceMsMax: connection.silenceMsMax,
        onRetry: (ms) => {
          retryMs = ms;
        },
        onId: (id) => {
          lastId = id;
        },
      });
      for await (const event of events) {
        failures = 0;
        if (event.event === "end") return;
        yield event;
      }
    } catch (cause) {
      signal?.throwIfAborted();
      error = errorOf(cause, connection);
      if (isFinal(error)) throw error;
    }
    failures = Date.now() - began >= goodMsMin ? 1 : failures + 1;
    const backoff = backoffMs(failures, Math.random(), {
      baseMs: retryMs,
      capMs: Math.max(retryMs, retryMsCap),
    });
    const retryInMs = Math.max(backoff, error?.retryAfterMs ?? 0);
    onState?.({ kind: "interrupted", error, retryInMs });
    await waitForTurn(retryInMs, signal);
  }
}

async function openStream(
  connection: Connection,
  path: string,
  lastId: string,
  signal: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const headers = { accept: "text/event-stream", ...(lastId === "" ? {} : { "last-event-id": lastId }) };
  return exchange(connection, { method: "GET", path, headers, signal }, async ({ body, headers }) => {
    if (body !== null && headers.get("content-type")?.startsWith("text/event-stream")) return body;
    await body?.cancel();
    throw new MillraceError({
      code: "unreadable",
      detail: "What answers is no event stream. Is baseUrl right?",
    });
  });
}

const errorOf = (cause: unknown, { baseUrl }: Connection): MillraceError =>
  cause instanceof MillraceError
    ? cause
    : new MillraceError({ code: "unreachable", detail: `The stream of ${baseUrl} has broken off.`, cause });

/** What asking again does not change. A proxy's page in the place of a stream may be gone in a moment. */
const isFinal = ({ status, code }: MillraceError): boolean =>
  code !== "unreadable" &&
  status !== null &&
  status >= 400 &&
  status < 500 &&
  status !== 408 &&
  status !== 429;
