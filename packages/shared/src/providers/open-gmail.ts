import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import type { Nats } from "../nats/connect-nats.ts";
import { natsBudgetStore } from "../nats/nats-budget-store.ts";
import { createGrantBook } from "../postgres/create-grant-book.ts";
import type { Pool } from "../postgres/create-pool.ts";
import { createTokenVault } from "../postgres/create-token-vault.ts";
import type { Keyring } from "../postgres/keyring.ts";
import { createQuotaGovernor, type QuotaView } from "../quota/quota-governor.ts";
import type { Shutdown } from "../runtime/shutdown.ts";
import { measureGovernor } from "../telemetry/metrics/measure-governor.ts";
import { measureProvider } from "../telemetry/metrics/measure-provider.ts";
import { createGmailProvider } from "./gmail/create-gmail-provider.ts";
import type { GmailQuota } from "./gmail/gmail-options.ts";
import { limitsOf, type PriceList, readPriceList } from "./gmail/price-lists.ts";
import type { PushProvider } from "./mail-provider.ts";
import type { providerEnv } from "./provider-env.ts";

type ProviderConfig = z.output<z.ZodObject<typeof providerEnv>> & {
  readonly GMAIL_BATCH_SIZE?: number;
  readonly FETCHER_LARGE_MIB?: number;
  readonly GMAIL_PUBSUB_TOPIC?: string | undefined;
};

type QuotaConfig = Pick<ProviderConfig, "GMAIL_QUOTA" | "GMAIL_QUOTA_MINUTE_MS"> &
  Partial<Pick<ProviderConfig, "BACKGROUND_QUOTA_PERCENT">>;

const requestTimeoutMs = 20_000;

interface ProviderPorts {
  /** Budgets of calls are shared through it. */
  readonly nats: Nats;
  /** Access tokens are shared through it. */
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly shutdown: Shutdown;
}

/**
 * Null when quotas are off.
 *
 * @throws {ConfigError} when the price list cannot be read
 */
function openQuota(config: QuotaConfig, nats: Nats): (GmailQuota & { readonly list: PriceList }) | null {
  if (config.GMAIL_QUOTA === "off") return null;
  const list = readPriceList(config.GMAIL_QUOTA);
  const governor = measureGovernor(
    createQuotaGovernor({
      store: natsBudgetStore(nats),
      limits: limitsOf(list, config.GMAIL_QUOTA_MINUTE_MS),
      ...(config.BACKGROUND_QUOTA_PERCENT === undefined
        ? {}
        : { backgroundShare: config.BACKGROUND_QUOTA_PERCENT / 100 }),
      nowMs: Date.now,
      sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    }),
  );
  return { governor, prices: list.units, list };
}

/** How budgets stand, for whoever only looks; null when quotas are off. @throws {ConfigError} */
export function openQuotaView(config: QuotaConfig, nats: Nats): QuotaView | null {
  const quota = openQuota(config, nats);
  if (quota === null) return null;
  const unitsPerMessage = quota.prices.getMessage;
  const messagesPerMinute = quota.list.unitsPerMinuteAccount / unitsPerMessage;
  return { read: quota.governor.read, unitsPerMessage, messagesPerMinute };
}

/** The Gmail provider of a service's configuration; its connections close with the service. */
export function openGmail(
  config: ProviderConfig,
  { nats, pool, keyring, shutdown }: ProviderPorts,
): PushProvider {
  const provider = createGmailProvider({
    vault: createTokenVault(pool, keyring),
    grants: createGrantBook(pool),
    rootUrl: config.GMAIL_ROOT_URL,
    tokenUrl: config.GOOGLE_TOKEN_URL,
    revokeUrl: config.GOOGLE_REVOKE_URL,
    clientId: config.GOOGLE_CLIENT_ID,
    clientSecret: config.GOOGLE_CLIENT_SECRET,
    requestTimeoutMs, // well below the time after which a claim is given to another
    pubsubTopic: config.GMAIL_PUBSUB_TOPIC,
    quota: openQuota(config, nats),
    ...(config.FETCHER_LARGE_MIB === undefined
      ? {}
      : { largeBytesMax: config.FETCHER_LARGE_MIB * 1024 ** 2 }),
    ...(config.GMAIL_BATCH_SIZE === undefined ? {} : { batchSize: config.GMAIL_BATCH_SIZE }),
  });
  shutdown.onShutdown("gmail", () => provider.close());
  return measureProvider(provider);
}
