import type { ContentMode } from "../../mail/mail-message.ts";
import { withSpan } from "../../telemetry/with-span.ts";
import type { AccessToken, AccessTokens } from "../access-tokens.ts";
import type { ByteBudget } from "../byte-budget.ts";
import type { ProviderAccount, ProviderFault, ProviderResult } from "../mail-provider.ts";
import { classifyGmailFault, type FaultObservation } from "./classify-gmail-fault.ts";
import type { ResolvedGmailOptions } from "./gmail-options.ts";
import type { HttpTransport } from "./http-transport.ts";
import { observeThrown } from "./observe-fault.ts";
import type { PricedCall } from "./price-lists.ts";

type Seen = Omit<FaultObservation, "nowMs" | "secrets">;

export interface AllowedCalls {
  readonly count: number;
  /** When their units were reserved for, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** What every call for one account needs: its token, its addresses, and how its faults are read. */
export interface GmailCalls {
  readonly options: ResolvedGmailOptions;
  readonly transport: HttpTransport;
  /** Of long answers of all accounts. */
  readonly budget: ByteBudget;
  readonly batchUrl: string;
  /** What one call costs; 0 where nothing is limited. */
  unitsOf(call: PricedCall): number;
  /** Rejects with `signal.reason`, while a refresh that others wait for goes on, and with what the vault throws. */
  token(signal: AbortSignal | undefined): Promise<ProviderResult<AccessToken>>;
  replaceToken(refused: string, signal: AbortSignal | undefined): Promise<ProviderResult<AccessToken>>;
  /**
   * Reserves the units of calls before they are made, and waits for them if that takes moments.
   *
   * @param count at most: of many, fewer may be allowed at once
   * @returns the calls that may be made now; or the fault to give in place of an answer, when it would take longer
   * @throws `signal.reason` when aborted, and what the store of budgets throws
   */
  spend(
    call: PricedCall,
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<ProviderResult<AllowedCalls>>;
  /** Calls whose units were reserved for an earlier moment were made until now. */
  spendLater(call: PricedCall, count: number, reservedAtMs: number): Promise<void>;
  headers(token: string): Readonly<Record<string, string>>;
  messagePath(id: string, content: ContentMode): string;
  attachmentPath(id: string, attachmentId: string): string;
  observeThrown(where: FaultObservation["where"], error: unknown): Seen;
  /** The fault, without any of this account's secrets. The governor hears of it when it is a throttle. */
  classify(seen: Seen, token: string): ProviderFault;
}

export function createGmailCalls(
  account: ProviderAccount,
  options: ResolvedGmailOptions,
  transport: HttpTransport,
  tokens: AccessTokens,
  budget: ByteBudget,
): GmailCalls {
  const { quota } = options;
  const unitsOf = (call: PricedCall): number => quota?.prices[call] ?? 0;
  const messages = `${new URL(options.rootUrl).pathname}gmail/v1/users/me/messages/`;
  return {
    options,
    transport,
    budget,
    unitsOf,
    batchUrl: new URL("batch/gmail/v1", options.rootUrl).href,
    token: (signal) => abortable(tokens.get(account), signal),
    replaceToken: (refused, signal) => abortable(tokens.replace(account, refused), signal),
    async spend(call, count, signal) {
      const unitsEach = unitsOf(call);
      if (quota === null || unitsEach === 0) return { ok: true, value: { count, atMs: options.clock() } };
      const { lane = "live", hasWaited } = account;
      // Who makes several calls says when they were answered.
      const request = { units: unitsEach * count, unitsEach, lane, hasWaited, isSlow: count === 1 };
      const attributes = { "quota.call": call, "quota.units": request.units };
      const answer = await withSpan("reserve quota", { attributes }, async (span) => {
        const reserved = await quota.governor.reserve(account, request, signal);
        span.setAttribute("quota.answer", reserved.kind);
        return reserved;
      });
      return answer.kind === "granted"
        ? { ok: true, value: { count: answer.units / unitsEach, atMs: answer.atMs } }
        : { ok: false, fault: waitFor(answer.atMs, answer.whose) };
    },
    async spendLater(call, count, reservedAtMs) {
      await quota?.governor.useLater(account, quota.prices[call] * count, reservedAtMs);
    },
    headers: (token) => ({ authorization: `Bearer ${token}`, "user-agent": options.userAgent }),
    messagePath: (id, content) => `${messages}${encodeURIComponent(id)}?format=${content}`,
    attachmentPath: (id, attachmentId) =>
      `${messages}${encodeURIComponent(id)}/attachments/${encodeURIComponent(attachmentId)}`,
    observeThrown,
    classify(seen, token) {
      const fault = classifyGmailFault({
        ...seen,
        nowMs: options.clock(),
        secrets: [token, account.refreshToken, options.clientSecret, account.email],
      });
      if (fault.category === "rate_limited") quota?.governor.throttled(account, fault.retryAtMs);
      return fault;
    },
  };
}

const waitFor = (atMs: number, whose: "account" | "project"): ProviderFault => ({
  category: "rate_limited",
  message:
    whose === "account"
      ? "The account's quota is used up for now."
      : "The quota that all accounts share is used up for now.",
  retryAtMs: atMs,
  isOwnWait: true,
});

async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
