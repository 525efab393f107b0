import { z } from "zod";
import { envInt } from "../runtime/parse-config.ts";

/**
 * The Pub/Sub topic that Gmail tells us of changes on. Only the service that sets watches reads it; without it there
 * is no push, and mailboxes are polled.
 */
export const pushEnv = {
  GMAIL_PUBSUB_TOPIC: z
    .string()
    .regex(/^projects\/[^/\s]+\/topics\/[^/\s]+$/, "must be projects/<project>/topics/<topic>")
    .optional(),
} as const;

/** Where people are asked for their consent. Only the service that sends them there reads it. */
export const consentEnv = {
  GOOGLE_AUTH_URL: z.url().default("https://accounts.google.com/o/oauth2/v2/auth"),
} as const;

/** Variables of the services that talk to mail providers. */
export const providerEnv = {
  MILLRACE_ENCRYPTION_KEYS: z.string(
    "set it to <id>:<base64 of 32 bytes>; echo k1:$(openssl rand -base64 32) makes one",
  ),
  GOOGLE_CLIENT_ID: z.string("set it to the OAuth client's id from the Google Cloud console"),
  GOOGLE_CLIENT_SECRET: z.string("set it to the OAuth client's secret"),
  GMAIL_ROOT_URL: z.url().default("https://gmail.googleapis.com/"),
  GOOGLE_TOKEN_URL: z.url().default("https://oauth2.googleapis.com/token"),
  /** Default: `revoke` beside the token endpoint, as Google has it. */
  GOOGLE_REVOKE_URL: z.url().optional(),
  /** What calls cost and how much is allowed: the project's price list, a file with another one, or "off". */
  GMAIL_QUOTA: z.string().default("gmail-2026"),
  /** A minute of the quota, in milliseconds: shorter only where time is compressed. */
  GMAIL_QUOTA_MINUTE_MS: envInt(100, 60_000).default(60_000),
} as const;
