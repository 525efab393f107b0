import { createParser, type EventSourceMessage } from "eventsource-parser";
import { MillraceError } from "../millrace-error.ts";

export interface ReadEventsOptions {
  /** Without a byte for so long, heartbeats included, the connection is taken for dead. */
  readonly silenceMsMax: number;
  /** Told what the server asks to wait before the next connection. */
  readonly onRetry?: (ms: number) => void;
  /** Told of each event's id, without data as well: the next connection begins after the last one. */
  readonly onId?: (id: string) => void;
}

/** A stream without end in a single event would fill the memory. */
const eventCharsMax = 16 * 1024 * 1024;

/**
 * The events of one connection, as they come (HTML standard, section 9.2.6). Returns when the server closes it.
 *
 * @throws MillraceError `timeout` when it has gone silent; what reading the body throws
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { silenceMsMax, onRetry, onId }: ReadEventsOptions,
): AsyncGenerator<EventSourceMessage> {
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (event) => void arrived.push(event),
    onRetry,
    onId,
    maxBufferSize: eventCharsMax,
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw tooLarge();
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(silenceMsMax, reader.read());
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* arrived.splice(0);
    }
  } finally {
    // Nobody waits for it: a connection that is dead does not answer.
    reader.cancel().catch(() => {});
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(ms)), ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {});
  }
}

const silent = (ms: number): MillraceError =>
  new MillraceError({ code: "timeout", detail: `The stream has said nothing for ${ms / 1_000} s.` });

const tooLarge = (): MillraceError =>
  new MillraceError({
    code: "unreadable",
    detail: `The stream sends an event of more than ${eventCharsMax} characters.`,
  });
