import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { NewerFactError } from "../events/upcast-fact.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { readContext } from "../telemetry/carry-context.ts";
import type { Nats } from "./connect-nats.ts";
import { decodeEvent } from "./event-codec.ts";
import type { LoggedEvent } from "./event-log.ts";
import { eventStream } from "./topology.ts";

const pullExpiresMs = 20_000;
const pullHeartbeatMs = 5_000;

export interface StreamState {
  /** When the stream was created, as the broker writes it: another value means another log. */
  readonly created: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export async function readStreamState({ jsm }: Nats): Promise<StreamState> {
  const info = await jsm.streams.info(eventStream.name);
  return { created: info.created, firstSeq: info.state.first_seq, lastSeq: info.state.last_seq };
}

/** The id of the event that the log holds at a sequence: "" for what is no event, null when there is nothing. */
export async function readEventId({ jsm }: Nats, seq: number): Promise<string | null> {
  const message = await jsm.streams.getMessage(eventStream.name, { seq });
  return message === null ? null : message.header.get("ce-id");
}

export interface LogReader {
  /**
   * Events in order, in batches: as many as are there already, up to the maximum. Ends after `close`, and when the
   * connection or the stream is another.
   *
   * @throws {NewerFactError} at the first event of a newer version, when all before it were given
   */
  batches(): AsyncIterable<readonly LoggedEvent[]>;
  close(): void;
}

export interface LogReaderOptions {
  readonly afterSeq: number;
  readonly batchMax: number;
  readonly log: Logger;
}

/**
 * Reads the log in order from a position, and follows it. The position is the reader's own affair: the broker
 * remembers nothing. After a reconnection the reader ends, because the broker may come back with another log.
 */
export async function openLogReader(
  nats: Nats,
  { afterSeq, batchMax, log }: LogReaderOptions,
): Promise<LogReader> {
  const consumer = await nats.js.consumers.get(eventStream.name, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: afterSeq + 1,
  });
  const messages = await consumer.consume({
    max_messages: batchMax * 2,
    expires: pullExpiresMs,
    idle_heartbeat: pullHeartbeatMs,
  });
  // The server would keep an unused reader's consumer for minutes.
  const close = (): void => {
    void messages.close();
    consumer.delete().catch(() => {});
  };
  endAfterReconnect(nats, messages, close).catch(close);
  endWhenRecreated(messages, close).catch(close);
  return { batches: () => batchesOf(messages, batchMax, log), close };
}

async function* batchesOf(
  messages: ConsumerMessages,
  batchMax: number,
  log: Logger,
): AsyncGenerator<readonly LoggedEvent[]> {
  let batch: LoggedEvent[] = [];
  for await (const message of messages) {
    const logged = readEvent(message, log);
    if (logged instanceof NewerFactError) {
      if (batch.length > 0) yield batch;
      throw logged;
    }
    if (logged !== null) batch.push(logged);
    // The log held nothing behind this message when it was sent, and nothing has come since: there is nothing to wait for.
    const isLast = message.info.pending === 0 && messages.getReceived() === messages.getProcessed();
    if (batch.length >= batchMax || (isLast && batch.length > 0)) {
      yield batch;
      batch = [];
    }
  }
}

/** Null, and an error in the service's log, for a message that is no event of any version. */
function readEvent(message: JsMsg, log: Logger): LoggedEvent | NewerFactError | null {
  try {
    const header = (name: string): string => message.headers?.get(name) ?? "";
    const event = decodeEvent(message.subject, header, message.data);
    return { seq: message.seq, event, cause: readContext(header) };
  } catch (error) {
    if (error instanceof NewerFactError) return error;
    log.error(
      { err: error, subject: message.subject, seq: message.seq },
      "an event that cannot be read is passed over",
    );
    return null;
  }
}

/** The client would go on behind its last sequence, also in a stream that was made anew and counts from one. */
const recreations: ReadonlySet<string> = new Set([
  "consumer_deleted",
  "ordered_consumer_recreated",
  "consumer_not_found",
  "stream_not_found",
]);

async function endWhenRecreated(messages: ConsumerMessages, close: () => void): Promise<void> {
  for await (const notification of messages.status()) {
    if (recreations.has(notification.type)) close();
  }
}

async function endAfterReconnect(
  { connection }: Nats,
  messages: ConsumerMessages,
  close: () => void,
): Promise<void> {
  const ended = messages.closed().then(() => "ended" as const);
  const status = connection.status()[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([ended, status.next()]);
    if (next === "ended") break;
    if (next.done === true || next.value.type === "reconnect") {
      close();
      break;
    }
  }
  await status.return?.();
}
