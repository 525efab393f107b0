import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Attributes, Span } from "@opentelemetry/api";
import { markFailed } from "../../telemetry/with-span.ts";
import { beginExchange, noteStatus } from "./trace-http.ts";

/** One HTTP exchange whose body is read while it arrives. */
export interface StreamedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | null;
  /** Reads on only when asked: a slow reader slows the sender. Throws when the body ends early or stalls. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** One HTTP exchange with its whole body. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the exchange's span. */
  readonly attributes?: Attributes;
}

export interface HttpTransport {
  /** For clients that bring their own requests (Google's): they share the connections. */
  readonly agentFor: (url: URL) => HttpAgent;
  readonly requestTimeoutMs: number;
  /** Rejects when no answer comes: refused, reset, timed out, or `signal` aborted. */
  send(request: HttpRequest): Promise<StreamedAnswer>;
  close(): void;
}

/** The other side was silent for too long. Network code "ETIMEDOUT", as the system's own. */
export class TransportTimeoutError extends Error {
  readonly code = "ETIMEDOUT";
}

/** A body longer than any answer that makes sense. */
export class AnswerTooLongError extends Error {
  readonly code = "ANSWER_TOO_LONG";
}

/** An answer may take this many timeouts in all, or one byte at a time could hold a worker for ever. */
const answerTimeoutsMax = 20;

/**
 * The one place with Gmail's connections and timeouts: node:http with keep-alive agents, which Google's client
 * can be given too. Idle connections are reused last in first out, so that surplus ones time out. Redirects are
 * not followed and nothing is retried here: the caller knows what a repetition costs.
 */
export function createHttpTransport(options: {
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
}): HttpTransport {
  const agentOptions = {
    keepAlive: true,
    scheduling: "lifo",
    maxSockets: options.connectionsMax,
    maxFreeSockets: options.connectionsMax,
  } as const;
  const http = new HttpAgent(agentOptions);
  const https = new HttpsAgent(agentOptions);
  const agentFor = (url: URL) => (url.protocol === "https:" ? https : http);
  return {
    agentFor,
    requestTimeoutMs: options.requestTimeoutMs,
    send: async (request) => {
      const span = beginExchange(request.method, request.url, request.attributes);
      const message = await exchange(request, agentFor, options.requestTimeoutMs).catch((error: unknown) => {
        markFailed(span, error);
        span.end();
        throw error;
      });
      noteStatus(span, message.statusCode ?? 0);
      return {
        status: message.statusCode ?? 0,
        contentType: message.headers["content-type"] ?? "",
        retryAfter: message.headers["retry-after"] ?? null,
        chunks: endingWith(span, readChunks(message, options.requestTimeoutMs)),
      };
    },
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

/**
 * Reads an answer to its end.
 *
 * @param hold is told how much has come, and waits until there is room for more
 * @throws AnswerTooLongError beyond `bytesMax`; what the transport throws
 */
export async function readWhole(
  answer: StreamedAnswer,
  bytesMax: number,
  hold?: (bytes: number) => Promise<void>,
): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer.chunks) {
    length += chunk.length;
    if (length > bytesMax) throw new AnswerTooLongError(`The answer is longer than ${bytesMax} bytes.`);
    chunks.push(chunk);
    await hold?.(length);
  }
  const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
  return { status: answer.status, retryAfter: answer.retryAfter, body };
}

function exchange(
  request: HttpRequest,
  agentFor: (url: URL) => HttpAgent,
  timeoutMs: number,
): Promise<IncomingMessage> {
  const url = new URL(request.url);
  const { method, headers, signal } = request;
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, {
      method,
      headers,
      agent: agentFor(url),
      ...(signal === undefined ? {} : { signal }),
    });
    const timer = setTimeout(
      () => outgoing.destroy(new TransportTimeoutError("No answer in time.")),
      timeoutMs,
    );
    outgoing.once("response", (message) => {
      clearTimeout(timer);
      // Behind a server error may be one bad backend: the next request takes another connection.
      if ((message.statusCode ?? 0) >= 500) outgoing.shouldKeepAlive = false;
      resolve(message);
    });
    // Stays on: a connection that breaks later is reported by the body, and must not end the process here.
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(request.body);
  });
}

/** The exchange ends with the last byte that is read. */
async function* endingWith(span: Span, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** The clock of the timeout runs only while we wait for bytes, not while the reader is busy. */
async function* readChunks(message: IncomingMessage, timeoutMs: number): AsyncGenerator<Buffer> {
  const stall = new TransportTimeoutError("The answer stalled.");
  let isWaiting = false;
  let waitedMs = 0;
  const timer = setTimeout(() => isWaiting && message.destroy(stall), timeoutMs);
  const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const since = performance.now();
      isWaiting = true;
      timer.refresh();
      const next = await chunks.next();
      isWaiting = false;
      waitedMs += performance.now() - since;
      if (next.done === true) return;
      if (waitedMs > timeoutMs * answerTimeoutsMax) throw stall;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    // A body that was not read to its end takes its connection with it; one that was has given it back.
    if (!message.readableEnded) message.destroy();
  }
}
