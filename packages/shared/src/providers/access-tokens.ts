import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { tokenRefreshes } from "../telemetry/metrics/provider-metrics.ts";
import { type IssuedToken, keepToken, renewAtMs } from "./decide-token-step.ts";
import type { ProviderAccount, ProviderFault, ProviderResult } from "./mail-provider.ts";
import { obtainToken, type TokenRequest } from "./obtain-token.ts";
import type { TokenVault } from "./token-vault.ts";

/** Both methods reject with what the vault throws: that the store is away says nothing about the provider. */
export interface AccessTokens {
  /** A token that holds for a while yet; refreshed when it does not. */
  get(account: ProviderAccount): Promise<ProviderResult<AccessToken>>;
  /** After a 401: a token other than the one that was refused. */
  replace(account: ProviderAccount, refused: string): Promise<ProviderResult<AccessToken>>;
}

export interface AccessToken {
  readonly text: string;
  /** The provider gave it after it was asked for here: when it is refused as well, another one will not help. */
  readonly isNew: boolean;
}

export interface AccessTokenOptions {
  readonly vault: TokenVault;
  /** Milliseconds since any moment. */
  readonly clock: () => number;
  /** How long a refresh can take at most. */
  readonly refreshMsMax: number;
  readonly pause?: TokenRequest["pause"];
  refresh(refreshToken: string): Promise<IssuedToken>;
  /** Says what an error of `refresh` means. */
  faultOf(error: unknown, account: ProviderAccount): ProviderFault;
  readonly accountsMax?: number;
}

interface CachedToken {
  /** Of the refresh token that it came from: after a reconnection the old access token is not used on. */
  readonly grant: string;
  readonly text: string;
  readonly renewAtMs: number;
}

const accountsMaxDefault = 10_000;
/** A refresh under way may end with the very token that was refused; one that begins after the refusal does not. */
const joinsMax = 2;

/**
 * The access tokens of this process's accounts: from memory while they hold, else from the vault, which all
 * processes share. All workers of an account in this process wait for one answer, so they take one connection of
 * the store at most.
 */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { clock } = options;
  const cache = new LRUCache<string, CachedToken>({ max: options.accountsMax ?? accountsMaxDefault });
  const running = new Map<string, Promise<ProviderResult<AccessToken>>>();

  async function tokenFor(
    account: ProviderAccount,
    refused: string | null,
  ): Promise<ProviderResult<AccessToken>> {
    const grant = hash("sha256", account.refreshToken, "base64url");
    const key = `${account.accountId}\n${grant}`;
    for (let joins = 0; ; joins++) {
      const cached = cache.get(account.accountId);
      if (cached?.grant === grant && cached.text !== refused && clock() < cached.renewAtMs) {
        return { ok: true, value: { text: cached.text, isNew: false } };
      }
      const shared = running.get(key);
      if (shared === undefined || joins === joinsMax) return start(key, ask(account, grant, refused));
      const result = await shared;
      if (!result.ok || result.value.text !== refused) return result;
    }
  }

  function start(key: string, asked: Promise<ProviderResult<AccessToken>>): typeof asked {
    const started = asked.finally(() => {
      if (running.get(key) === started) running.delete(key);
    });
    running.set(key, started);
    return started;
  }

  async function ask(
    account: ProviderAccount,
    grant: string,
    refused: string | null,
  ): Promise<ProviderResult<AccessToken>> {
    const remember = (text: string, untilMs: number): void => {
      cache.set(account.accountId, { grant, text, renewAtMs: untilMs });
    };
    const refresh = async (): Promise<ProviderResult<IssuedToken>> => {
      const askedAtMs = clock();
      try {
        const value = await options.refresh(account.refreshToken);
        // At once: when the vault has gone away meanwhile, this process has its token all the same.
        remember(value.accessToken, renewAtMs(keepToken(value, askedAtMs)));
        tokenRefreshes.add(1, { "millrace.outcome": "ok" });
        return { ok: true, value };
      } catch (error) {
        const fault = options.faultOf(error, account);
        tokenRefreshes.add(1, { "millrace.outcome": fault.category });
        return { ok: false, fault };
      }
    };
    const obtained = await obtainToken({ ...options, ref: account, grant, refused, refresh });
    if (!obtained.ok) return obtained;
    const { accessToken, renewInMs, isNew } = obtained.value;
    remember(accessToken, clock() + renewInMs);
    return { ok: true, value: { text: accessToken, isNew } };
  }

  return {
    get: (account) => tokenFor(account, null),
    replace: (account, refused) => tokenFor(account, refused),
  };
}
