import type { ContentMode } from "../../mail/mail-message.ts";
import type { ByteLease } from "../byte-budget.ts";
import { ordinaryBytesMax, partBytesMax } from "./batch-request.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import { readWhole } from "./http-transport.ts";
import { type MessageReading, readMessageAnswer } from "./read-message-answer.ts";

/** Requests under way at a time, for a server without batches. Their answers are held until they are taken. */
const singleGetsMax = 8;

/**
 * Fetches messages one request each, a few at a time, in any order. A long answer waits until the budget has room for it.
 *
 * @param leaseOf one for each request; what it holds is released when the caller asks for another message
 * @throws `signal.reason` when aborted; nothing else
 */
export async function* fetchSingly(
  calls: GmailCalls,
  token: string,
  ids: readonly string[],
  content: ContentMode,
  signal: AbortSignal | undefined,
  leaseOf: () => ByteLease = () => calls.budget.lease(),
): AsyncGenerator<{ readonly id: string; readonly reading: MessageReading }> {
  const running = new Map<string, Promise<{ id: string; reading: MessageReading }>>();
  const leases = new Map<string, ByteLease>();
  const waiting = [...ids].reverse();
  try {
    for (;;) {
      while (running.size < singleGetsMax) {
        const id = waiting.pop();
        if (id === undefined) break;
        const lease = leaseOf();
        leases.set(id, lease);
        running.set(id, fetchOne(calls, token, id, content, lease, signal));
      }
      if (running.size === 0) return;
      const done = await Promise.race(running.values());
      running.delete(done.id);
      signal?.throwIfAborted();
      yield done;
      leases.get(done.id)?.release();
      leases.delete(done.id);
    }
  } finally {
    for (const lease of leases.values()) lease.release();
  }
}

async function fetchOne(
  calls: GmailCalls,
  token: string,
  id: string,
  content: ContentMode,
  lease: ByteLease,
  signal: AbortSignal | undefined,
): Promise<{ id: string; reading: MessageReading }> {
  const hold = async (bytes: number): Promise<void> => {
    if (bytes > ordinaryBytesMax) await lease.hold(bytes, signal);
  };
  try {
    const url = new URL(calls.messagePath(id, content), calls.options.rootUrl).href;
    const answer = await calls.transport.send({ method: "GET", url, headers: calls.headers(token), signal });
    return { id, reading: readMessageAnswer(id, await readWhole(answer, partBytesMax, hold), content) };
  } catch (error) {
    return { id, reading: { kind: "fault", seen: calls.observeThrown("message", error) } };
  }
}
