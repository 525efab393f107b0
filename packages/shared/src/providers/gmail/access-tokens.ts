import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { ProviderAccount, ProviderFault, ProviderResult } from "../mail-provider.ts";

export interface AccessTokens {
  /** A token that holds for a while yet; refreshed when it does not. */
  get(account: ProviderAccount): Promise<ProviderResult<string>>;
  /** After a 401: a token other than the one that was refused. */
  replace(account: ProviderAccount, refused: string): Promise<ProviderResult<string>>;
}

export interface AccessTokenOptions {
  refresh(refreshToken: string): Promise<{ accessToken: string; expiresInMs: number }>;
  /** Says what an error of `refresh` means. */
  faultOf(error: unknown, account: ProviderAccount): ProviderFault;
  readonly clock: () => number;
  readonly accountsMax?: number;
}

interface CachedToken {
  /** Of the refresh token that it came from: after a reconnection the old access token is not used on. */
  readonly grant: string;
  readonly accessToken: string;
  readonly expiresAtMs: number;
}

/** So long before its end a token is not used any more: a request under way must not outlive it. */
const renewBeforeMs = 60_000;
const accountsMaxDefault = 10_000;

/**
 * The access tokens of this process, one an account, in memory only. All workers of an account share one refresh:
 * who comes while it runs waits for it, and who was refused with a token that has been replaced since gets the new
 * one without another refresh. Never rejects.
 */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const cache = new LRUCache<string, CachedToken>({ max: options.accountsMax ?? accountsMaxDefault });
  const running = new Map<string, Promise<ProviderResult<string>>>();

  function renew(account: ProviderAccount, grant: string): Promise<ProviderResult<string>> {
    const key = `${account.accountId}\n${grant}`;
    const shared = running.get(key);
    if (shared !== undefined) return shared;
    const started = askForToken(account, grant).finally(() => running.delete(key));
    running.set(key, started);
    return started;
  }

  async function askForToken(account: ProviderAccount, grant: string): Promise<ProviderResult<string>> {
    try {
      const { accessToken, expiresInMs } = await options.refresh(account.refreshToken);
      cache.set(account.accountId, { grant, accessToken, expiresAtMs: options.clock() + expiresInMs });
      return { ok: true, value: accessToken };
    } catch (error) {
      cache.delete(account.accountId);
      return { ok: false, fault: options.faultOf(error, account) };
    }
  }

  return {
    async get(account) {
      const grant = grantOf(account);
      const cached = cache.get(account.accountId);
      const holds = cached !== undefined && cached.expiresAtMs - renewBeforeMs > options.clock();
      return cached?.grant === grant && holds
        ? { ok: true, value: cached.accessToken }
        : renew(account, grant);
    },
    async replace(account, refused) {
      const grant = grantOf(account);
      const cached = cache.get(account.accountId);
      const isOther = cached !== undefined && cached.grant === grant && cached.accessToken !== refused;
      return isOther ? { ok: true, value: cached.accessToken } : renew(account, grant);
    },
  };
}

function grantOf(account: ProviderAccount): string {
  return hash("sha256", account.refreshToken, "base64url");
}
