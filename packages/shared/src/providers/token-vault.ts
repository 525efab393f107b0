import type { AccountRef } from "../events/subjects.ts";
import type { ProviderFault } from "./mail-provider.ts";

/**
 * Where access tokens are kept, shared by all processes that work for an account. It only keeps and compares:
 * what a record means is decided by `decideTokenStep`. Both methods throw the store's own errors; being away is
 * no answer of the provider.
 */
export interface TokenVault {
  /** What is kept for an account; null when the tenant has no such account. */
  read(ref: AccountRef): Promise<VaultReading | null>;
  /** Puts `next` in the place of the version before it (1: of none). False when somebody else was first. */
  write(ref: AccountRef, next: TokenRecord): Promise<boolean>;
}

export interface VaultReading {
  readonly record: TokenRecord | null;
  /** The vault's clock when it was read. All times of a record are by this clock: processes need not agree on time. */
  readonly nowMs: number;
}

/** Times are milliseconds since the epoch. */
export interface TokenRecord {
  /** 1 for the first; grows by one with each change. */
  readonly version: number;
  /** A hash of the credential that the token comes from. */
  readonly grant: string;
  readonly token: KeptToken | null;
  /** A claim: its writer asks the provider for a new token, until then at the latest. */
  readonly refreshingUntilMs: number | null;
  /** Of the last refreshes, when they failed. */
  readonly failure: RefreshFailure | null;
}

export interface KeptToken {
  readonly accessToken: string;
  readonly refreshedAtMs: number;
  readonly expiresAtMs: number;
}

export interface RefreshFailure {
  readonly fault: ProviderFault;
  /** Refreshes in a row that failed. */
  readonly inARow: number;
  /** Nobody asks the provider again before. */
  readonly holdsUntilMs: number;
}
