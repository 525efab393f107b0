import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { Sync } from "../resources/sync.ts";

export interface OpenedStream {
  readonly status: number;
  readonly headers: Headers;
  /** What has come so far. */
  readonly events: readonly EventSourceMessage[];
  readonly comments: readonly string[];
  readonly retryMs: number | undefined;
  /** Waits until so many events have come; throws when they do not come in time or the stream ends before. */
  waitFor(count: number): Promise<readonly EventSourceMessage[]>;
  /** Resolves when the server closes the stream. */
  readonly closed: Promise<void>;
  /** The client goes away. */
  leave(): void;
}

const eventMsMax = 10_000;

/** Opens a stream as a client would, over a socket. */
export async function openStream(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<OpenedStream> {
  const aborter = new AbortController();
  const response = await fetch(url, { headers, signal: aborter.signal });
  const events: EventSourceMessage[] = [];
  const comments: string[] = [];
  const listeners = new Set<() => void>();
  const opened = { retryMs: undefined as number | undefined, isClosed: false };
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    onComment: (comment) => void comments.push(comment),
    onRetry: (ms) => {
      opened.retryMs = ms;
    },
  });
  const read = async (): Promise<void> => {
    try {
      if (response.body === null) return;
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        parser.feed(text);
        for (const listener of listeners) listener();
      }
    } finally {
      opened.isClosed = true;
      for (const listener of listeners) listener();
    }
  };
  const closed = read().catch(() => {});
  const waitFor = (count: number): Promise<readonly EventSourceMessage[]> =>
    new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        listeners.delete(check);
        finish();
      };
      const seen = (): string =>
        `${events.length} of ${count} events: ${events.map(({ id }) => id).join(" ")}`;
      const check = (): void => {
        if (events.length >= count) settle(() => resolve(events));
        else if (opened.isClosed) settle(() => reject(new Error(`The stream ended after ${seen()}`)));
      };
      const timer = setTimeout(() => settle(() => reject(new Error(`In time came ${seen()}`))), eventMsMax);
      listeners.add(check);
      check();
    });
  return {
    status: response.status,
    headers: response.headers,
    events,
    comments,
    get retryMs() {
      return opened.retryMs;
    },
    waitFor,
    closed,
    leave: () => aborter.abort(),
  };
}

export const syncOfEvent = (event: EventSourceMessage | undefined): Sync =>
  JSON.parse(event?.data ?? "null") as Sync;
