import { failAs, withSpan } from "../../telemetry/with-span.ts";
import type { ProviderResult } from "../mail-provider.ts";
import type { FaultObservation } from "./classify-gmail-fault.ts";
import type { GmailCalls } from "./gmail-calls.ts";
import type { PricedCall } from "./price-lists.ts";

/** The answer is a success and makes no sense: cut short, empty, or something else's. */
export class MalformedAnswerError extends Error {
  readonly code = "malformed_answer";
}

/** The one that is kept, one that another process has put in its place meanwhile, and a new one. */
const tokensMax = 3;

/** How faults of a call are read. */
const whereOf: Readonly<Record<PricedCall, FaultObservation["where"]>> = {
  getProfile: "profile",
  listMessages: "list",
  listLabels: "list",
  listHistory: "history",
  getMessage: "message",
  getAttachment: "attachment",
  watch: "watch",
  stop: "watch",
};

/**
 * Makes one call through Google's client, once its units are reserved, and turns whatever it throws into a fault. A
 * refused access token is replaced, as long as another one may help.
 *
 * @throws `signal.reason` when aborted, and what the token vault and the store of budgets throw
 */
export function askGmail<T>(
  calls: GmailCalls,
  name: PricedCall,
  signal: AbortSignal | undefined,
  call: (token: string) => Promise<T>,
): Promise<ProviderResult<T>> {
  const attributes = { "quota.units": calls.unitsOf(name) };
  return withSpan(`gmail ${name}`, { attributes }, async (span) => {
    const result = await ask(calls, name, signal, call);
    if (!result.ok) failAs(span, result.fault.category);
    return result;
  });
}

async function ask<T>(
  calls: GmailCalls,
  name: PricedCall,
  signal: AbortSignal | undefined,
  call: (token: string) => Promise<T>,
): Promise<ProviderResult<T>> {
  const spent = await calls.spend(name, 1, signal);
  if (!spent.ok) return spent;
  const where = whereOf[name];
  let token = await calls.token(signal);
  for (let used = 1; ; used++) {
    if (!token.ok) return token;
    const { text, isNew } = token.value;
    const result = await attempt(calls, where, signal, call, text);
    if (result.ok || result.fault.category !== "token_expired") return result;
    if (used === tokensMax || (used > 1 && isNew)) return result;
    token = await calls.replaceToken(text, signal);
  }
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
