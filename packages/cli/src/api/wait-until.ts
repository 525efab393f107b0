import { setTimeout as sleep } from "node:timers/promises";
import { MillraceError } from "@millrace/client";

export interface WaitOptions {
  readonly lookEveryMs?: number;
  /** Give up when nobody has answered for so long. */
  readonly silenceMsMax?: number;
  readonly signal?: AbortSignal;
}

/**
 * Looks again and again until there is an answer. The API may restart meanwhile.
 *
 * @param look null: not yet
 * @throws MillraceError when it refuses, or has not answered for too long; the signal's reason
 */
export async function waitUntil<T>(
  look: () => Promise<T | null>,
  { lookEveryMs = 500, silenceMsMax = 120_000, signal }: WaitOptions = {},
): Promise<T> {
  let heardMs = performance.now();
  for (;;) {
    try {
      const found = await look();
      heardMs = performance.now();
      if (found !== null) return found;
    } catch (error) {
      if (!mayPass(error) || performance.now() - heardMs > silenceMsMax) throw error;
    }
    signal?.throwIfAborted();
    await sleep(lookEveryMs, undefined, signal === undefined ? {} : { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  }
}

/** Whether an answer may be another one in a moment: nobody was there, or too much was asked, or it broke. */
export const mayPass = (error: unknown): boolean =>
  error instanceof MillraceError &&
  (error.status === null || error.status === 429 || error.status >= 500 || error.code === "unreadable");
