import type { ContentMode } from "../../mail/mail-message.ts";
import { partBytesMax } from "./batch-request.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import { readWhole } from "./http-transport.ts";
import { type MessageReading, readMessageAnswer } from "./read-message-answer.ts";

/** Requests under way at a time, for a server without batches. Their answers are held until they are taken. */
const singleGetsMax = 8;

/**
 * Fetches messages one request each, a few at a time, in any order.
 *
 * @throws `signal.reason` when aborted; nothing else
 */
export async function* fetchSingly(
  calls: GmailCalls,
  token: string,
  ids: readonly string[],
  content: ContentMode,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly id: string; readonly reading: MessageReading }> {
  const running = new Map<string, Promise<{ id: string; reading: MessageReading }>>();
  const waiting = [...ids].reverse();
  for (;;) {
    while (running.size < singleGetsMax) {
      const id = waiting.pop();
      if (id === undefined) break;
      running.set(id, fetchOne(calls, token, id, content, signal));
    }
    if (running.size === 0) return;
    const done = await Promise.race(running.values());
    running.delete(done.id);
    signal?.throwIfAborted();
    yield done;
  }
}

async function fetchOne(
  calls: GmailCalls,
  token: string,
  id: string,
  content: ContentMode,
  signal: AbortSignal | undefined,
): Promise<{ id: string; reading: MessageReading }> {
  try {
    const url = new URL(calls.messagePath(id, content), calls.options.rootUrl).href;
    const answer = await calls.transport.send({ method: "GET", url, headers: calls.headers(token), signal });
    return { id, reading: readMessageAnswer(id, await readWhole(answer, partBytesMax), content) };
  } catch (error) {
    return { id, reading: { kind: "fault", seen: calls.observeThrown("message", error) } };
  }
}
