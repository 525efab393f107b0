import type { z } from "zod";
import type { Pool } from "../postgres/create-pool.ts";
import { createTokenVault } from "../postgres/create-token-vault.ts";
import type { Keyring } from "../postgres/keyring.ts";
import type { Shutdown } from "../runtime/shutdown.ts";
import { createGmailProvider } from "./gmail/create-gmail-provider.ts";
import type { PushProvider } from "./mail-provider.ts";
import type { providerEnv } from "./provider-env.ts";

type ProviderConfig = z.output<z.ZodObject<typeof providerEnv>> & {
  readonly GMAIL_BATCH_SIZE?: number;
  readonly GMAIL_PUBSUB_TOPIC?: string | undefined;
};

const requestTimeoutMs = 20_000;

interface ProviderPorts {
  /** Access tokens are shared through it. */
  readonly pool: Pool;
  readonly keyring: Keyring;
  readonly shutdown: Shutdown;
}

/** The Gmail provider of a service's configuration; its connections close with the service. */
export function openGmail(config: ProviderConfig, { pool, keyring, shutdown }: ProviderPorts): PushProvider {
  const provider = createGmailProvider({
    vault: createTokenVault(pool, keyring),
    rootUrl: config.GMAIL_ROOT_URL,
    tokenUrl: config.GOOGLE_TOKEN_URL,
    clientId: config.GOOGLE_CLIENT_ID,
    clientSecret: config.GOOGLE_CLIENT_SECRET,
    requestTimeoutMs, // well below the time after which a claim is given to another
    pubsubTopic: config.GMAIL_PUBSUB_TOPIC,
    ...(config.GMAIL_BATCH_SIZE === undefined ? {} : { batchSize: config.GMAIL_BATCH_SIZE }),
  });
  shutdown.onShutdown("gmail", () => provider.close());
  return provider;
}
