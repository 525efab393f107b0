import type { Nats } from "@millrace/shared/nats/connect-nats";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Keyring } from "@millrace/shared/postgres/keyring";
import { openGmail } from "@millrace/shared/providers/open-gmail";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import type { Shutdown } from "@millrace/shared/runtime/shutdown";
import { openKeyring } from "@millrace/shared/service/open-keyring";
import type { z } from "zod";
import type { janitorConfigSchema } from "./config.ts";

/** What the janitor looks into mailboxes with. */
export interface ProviderAccess {
  readonly provider: ReturnType<typeof openGmail>;
  readonly keyring: Keyring;
}

/** @returns null where it was not given what that takes */
export async function openProvider(
  config: z.output<typeof janitorConfigSchema>,
  { nats, pool, log }: { readonly nats: Nats; readonly pool: Pool; readonly log: Logger },
  shutdown: Shutdown,
): Promise<ProviderAccess | null> {
  const { MILLRACE_ENCRYPTION_KEYS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET } = config;
  if (
    MILLRACE_ENCRYPTION_KEYS === undefined ||
    GOOGLE_CLIENT_ID === undefined ||
    GOOGLE_CLIENT_SECRET === undefined
  )
    return null;
  const keyring = await openKeyring(MILLRACE_ENCRYPTION_KEYS, { pool, log, shutdown });
  const credentials = { MILLRACE_ENCRYPTION_KEYS, GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET };
  const provider = openGmail({ ...config, ...credentials }, { nats, pool, keyring, shutdown });
  return { provider, keyring };
}
