import type { z } from "zod";
import type { syncApiConfigSchema } from "../config.ts";
import { fetchPushKeys } from "./fetch-push-keys.ts";
import type { PushAuthority } from "./take-notification.ts";

/** What push requests are checked with; null where push is not configured. */
export function pushAuthorityOf(config: z.output<typeof syncApiConfigSchema>): PushAuthority | null {
  const { GMAIL_PUSH_AUDIENCE, GMAIL_PUSH_SERVICE_ACCOUNT, GMAIL_PUSH_JWKS_URL } = config;
  if (GMAIL_PUSH_AUDIENCE === undefined || GMAIL_PUSH_SERVICE_ACCOUNT === undefined) return null;
  return {
    expected: { audience: GMAIL_PUSH_AUDIENCE, serviceAccount: GMAIL_PUSH_SERVICE_ACCOUNT },
    keys: fetchPushKeys(GMAIL_PUSH_JWKS_URL),
  };
}
