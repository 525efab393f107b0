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
    .optional()
    .describe(
      "`projects/<project>/topics/<topic>`: mailboxes are watched; with it the janitor needs `MILLRACE_ENCRYPTION_KEYS` and Google's credentials too",
    ),
} as const;

/** Where people are asked for their consent. Only the service that sends them there reads it. */
export const consentEnv = {
  GOOGLE_AUTH_URL: z
    .url()
    .default("https://accounts.google.com/o/oauth2/v2/auth")
    .describe("the consent page"),
} as const;

/** Variables of the services that talk to mail providers. */
export const providerEnv = {
  MILLRACE_ENCRYPTION_KEYS: z
    .string("set it to <id>:<base64 of 32 bytes>; echo k1:$(openssl rand -base64 32) makes one")
    .describe("`<id>:<base64 of 32 bytes>`, several separated by commas; the first seals, all open"),
  GOOGLE_CLIENT_ID: z
    .string("set it to the OAuth client's id from the Google Cloud console")
    .describe("the OAuth client's id"),
  GOOGLE_CLIENT_SECRET: z.string("set it to the OAuth client's secret").describe("the OAuth client's secret"),
  GMAIL_ROOT_URL: z
    .url()
    .default("https://gmail.googleapis.com/")
    .describe(
      "another server that speaks Gmail's API. One without `getProfile` or batches will do: the address is then not checked, messages are fetched one by one",
    ),
  GOOGLE_TOKEN_URL: z
    .url()
    .default("https://oauth2.googleapis.com/token")
    .describe("where tokens are renewed"),
  GOOGLE_REVOKE_URL: z
    .url()
    .optional()
    .describe(
      "where consent is given back when an account is removed; without the encryption keys and Google's credentials the janitor removes accounts and leaves the consent, and says so in the fact",
    ),
  GMAIL_QUOTA: z
    .string()
    .default("gmail-2026")
    .describe("the project's price list: `gmail-2026`, `gmail-legacy`, `off`, or a file; the same for all"),
  BACKGROUND_QUOTA_PERCENT: envInt(1, 50)
    .default(10)
    .describe(
      "of an account's quota and of the project's, what comparisons by schedule may use, while more than half of it is free; the same for all",
    ),
  GMAIL_QUOTA_MINUTE_MS: envInt(100, 60_000)
    .default(60_000)
    .describe("A minute of the quota, in milliseconds: shorter only where time is compressed."),
} as const;
