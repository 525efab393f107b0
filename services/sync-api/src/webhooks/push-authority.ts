import type { JWTVerifyGetKey } from "jose";
import type { z } from "zod";
import type { syncApiConfigSchema } from "../config.ts";
import type { ExpectedPush } from "./check-push-token.ts";
import { fetchPushKeys } from "./fetch-push-keys.ts";

/** How push requests show that they are from our subscription. */
export interface PushAuthority {
  readonly expected: ExpectedPush;
  readonly keys: JWTVerifyGetKey;
}

/** What push requests are checked with; null where push is not configured. */
export function pushAuthorityOf(config: z.output<typeof syncApiConfigSchema>): PushAuthority | null {
  const { GMAIL_PUSH_AUDIENCE, GMAIL_PUSH_SERVICE_ACCOUNT, GMAIL_PUSH_JWKS_URL } = config;
  if (GMAIL_PUSH_AUDIENCE === undefined || GMAIL_PUSH_SERVICE_ACCOUNT === undefined) return null;
  return {
    expected: { audience: GMAIL_PUSH_AUDIENCE, serviceAccount: GMAIL_PUSH_SERVICE_ACCOUNT },
    keys: fetchPushKeys(GMAIL_PUSH_JWKS_URL),
  };
}
