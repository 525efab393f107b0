import type { z } from "zod";
import type { Shutdown } from "../runtime/shutdown.ts";
import type { ConsentProvider } from "./consent-provider.ts";
import { createGoogleConsent } from "./gmail/create-google-consent.ts";
import type { consentEnv, providerEnv } from "./provider-env.ts";

type Config = z.output<z.ZodObject<typeof providerEnv>> & z.output<z.ZodObject<typeof consentEnv>>;

/** Google's consent page, as a service's configuration has it; its connections close with the service. */
export function openGoogleConsent(config: Config, shutdown: Shutdown): ConsentProvider {
  const consent = createGoogleConsent({
    clientId: config.GOOGLE_CLIENT_ID,
    clientSecret: config.GOOGLE_CLIENT_SECRET,
    authUrl: config.GOOGLE_AUTH_URL,
    tokenUrl: config.GOOGLE_TOKEN_URL,
    rootUrl: config.GMAIL_ROOT_URL.endsWith("/") ? config.GMAIL_ROOT_URL : `${config.GMAIL_ROOT_URL}/`,
  });
  shutdown.onShutdown("google consent", () => consent.close());
  return consent;
}
