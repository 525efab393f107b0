import type { ProviderFault, ProviderResult } from "./mail-provider.ts";
import type { KeptToken, RefreshFailure, TokenRecord, VaultReading } from "./token-vault.ts";

/** Who needs an access token, and what for. */
export interface TokenAsk {
  /** A hash of the credential: a token of another one is none. */
  readonly grant: string;
  /** The token that the provider has refused; null when the one before just ran out. */
  readonly refused: string | null;
  /** The version of the claim whose end this ask waits for; null when it waits for none. */
  readonly awaited: number | null;
}

export type TokenStep =
  | { readonly kind: "use"; readonly token: KeptToken; readonly isNew: boolean }
  | { readonly kind: "fail"; readonly fault: ProviderFault }
  /** Somebody else refreshes it: look again, with `version` awaited. */
  | { readonly kind: "wait"; readonly version: number }
  /** Write this claim; who succeeds asks the provider, and writes what `settleClaim` makes of its answer. */
  | { readonly kind: "refresh"; readonly claim: TokenRecord };

/** A new token as the provider gives it. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly expiresInMs: number;
  /** When what it was asked for with ends; null: it has no end that the provider tells of. */
  readonly consentEndsAt?: Date | null;
}

/**
 * What to do for an access token: use the one that is kept, wait for whoever refreshes it, share the failure of
 * who did, or claim the refresh. Because a claim is written with compare-and-set, exactly one process refreshes,
 * however many meet the same end of a token at once.
 *
 * @param claimMs how long a claim holds; longer than a refresh can take
 */
export function decideTokenStep({ record, nowMs }: VaultReading, ask: TokenAsk, claimMs: number): TokenStep {
  if (record === null || record.grant !== ask.grant) {
    const version = (record?.version ?? 0) + 1;
    const claim = { version, grant: ask.grant, token: null, failure: null };
    return { kind: "refresh", claim: { ...claim, refreshingUntilMs: nowMs + claimMs } };
  }
  const { failure, refreshingUntilMs } = record;
  const token = record.token?.accessToken === ask.refused ? null : record.token;
  const hasEnded = record.version - 1 === ask.awaited && refreshingUntilMs === null;
  if (token !== null && hasEnded && failure === null) return { kind: "use", token, isNew: true };
  if (token !== null && nowMs < renewAtMs(token)) return { kind: "use", token, isNew: false };

  const isRefreshing = refreshingUntilMs !== null && nowMs < refreshingUntilMs;
  const isHeld = failure !== null && (hasEnded || nowMs < failure.holdsUntilMs);
  // The provider is asked before the end of a token, so that nobody has to wait for the answer, or for a better one.
  if (token !== null && (isRefreshing || isHeld) && nowMs < spareUntilMs(token)) {
    return { kind: "use", token, isNew: false };
  }
  if (isRefreshing) return { kind: "wait", version: record.version };
  if (isHeld) return { kind: "fail", fault: failure.fault };
  // A refused token is taken away, so that nobody else is given it meanwhile.
  const claim = { ...record, version: record.version + 1, token };
  return { kind: "refresh", claim: { ...claim, refreshingUntilMs: nowMs + claimMs } };
}

/** A day; no provider's access tokens live longer, and a date must stay one that a store can hold. */
const lifetimeMsMax = 24 * 60 * 60_000;

/**
 * What the vault keeps after a refresh.
 *
 * @param askedAtMs when the claim was decided, by the vault's clock
 * @param endedAtMs when the answer was there, by the same clock
 */
export function settleClaim(
  claim: TokenRecord,
  result: ProviderResult<IssuedToken>,
  askedAtMs: number,
  endedAtMs: number,
): TokenRecord {
  const ended = { ...claim, version: claim.version + 1, refreshingUntilMs: null };
  if (!result.ok) {
    // Consent that is lost makes the rest of a token worthless, and must be told.
    const token = result.fault.category === "consent_lost" ? null : claim.token;
    return { ...ended, token, failure: nextFailure(claim.failure, result.fault, endedAtMs) };
  }
  return { ...ended, token: keepToken(result.value, askedAtMs), failure: null };
}

/** A token's life is counted from before it was asked for, so that it never ends earlier than it is thought to. */
export function keepToken({ accessToken, expiresInMs }: IssuedToken, askedAtMs: number): KeptToken {
  const lifetimeMs = Math.min(Math.max(expiresInMs, 0), lifetimeMsMax);
  return { accessToken, refreshedAtMs: askedAtMs, expiresAtMs: askedAtMs + lifetimeMs };
}

/** So long before its end a token is not used any more: a request under way must not outlive it. */
const renewBeforeMsMax = 60_000;

/** From then on somebody asks for the next one. Of short-lived tokens a tenth is kept back. */
export function renewAtMs(token: KeptToken): number {
  return token.expiresAtMs - marginMs(token);
}

/** Until then it may be used while the next one is asked for. */
function spareUntilMs(token: KeptToken): number {
  return token.expiresAtMs - marginMs(token) / 2;
}

function marginMs({ expiresAtMs, refreshedAtMs }: KeptToken): number {
  return Math.min(renewBeforeMsMax, (expiresAtMs - refreshedAtMs) / 10);
}

const holdMsBase = 1_000;
const holdMsMax = 30_000;
/** Look again, however far away the time is that the provider names. */
const namedHoldMsMax = 15 * 60_000;

/**
 * After a failure all processes together ask once a second, then less often; whoever comes meanwhile is given the
 * same fault. Lost consent is not held: it is definite, and its owner may give it back with the same credential.
 */
function nextFailure(before: RefreshFailure | null, fault: ProviderFault, nowMs: number): RefreshFailure {
  const inARow = (before?.inARow ?? 0) + 1;
  if (fault.category === "consent_lost") return { fault, inARow, holdsUntilMs: nowMs };
  const backoffMs = Math.min(holdMsBase * 2 ** Math.min(inARow - 1, 10), holdMsMax);
  const namedMs = Math.min((fault.retryAtMs ?? nowMs) - nowMs, namedHoldMsMax);
  return { fault, inARow, holdsUntilMs: nowMs + Math.max(backoffMs, namedMs) };
}
