import type { ProviderResult } from "../mail-provider.ts";
import type { FaultObservation } from "./classify-gmail-fault.ts";
import type { GmailCalls } from "./gmail-calls.ts";

/** The answer is a success and makes no sense: cut short, empty, or something else's. */
export class MalformedAnswerError extends Error {
  readonly code = "malformed_answer";
}

/**
 * Makes one call through Google's client and turns whatever it throws into a fault. A refused access token is
 * replaced once.
 *
 * @throws `signal.reason` when aborted; nothing else
 */
export async function askGmail<T>(
  calls: GmailCalls,
  where: FaultObservation["where"],
  signal: AbortSignal | undefined,
  call: (token: string) => Promise<T>,
): Promise<ProviderResult<T>> {
  const token = await calls.token(signal);
  if (!token.ok) return token;
  const first = await attempt(calls, where, signal, call, token.value);
  if (first.ok || first.fault.category !== "token_expired") return first;
  const replaced = await calls.replaceToken(token.value, signal);
  return replaced.ok ? attempt(calls, where, signal, call, replaced.value) : replaced;
}

async function attempt<T>(
  calls: GmailCalls,
  where: FaultObservation["where"],
  signal: AbortSignal | undefined,
  call: (token: string) => Promise<T>,
  token: string,
): Promise<ProviderResult<T>> {
  signal?.throwIfAborted();
  try {
    return { ok: true, value: await call(token) };
  } catch (error) {
    signal?.throwIfAborted();
    const seen =
      error instanceof MalformedAnswerError
        ? { where, status: 200, isMalformed: true, message: error.message }
        : calls.observeThrown(where, error);
    return { ok: false, fault: calls.classify(seen, token) };
  }
}
