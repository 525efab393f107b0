import { z } from "zod";

/** Variables of the services that talk to mail providers. */
export const providerEnv = {
  MILLRACE_ENCRYPTION_KEYS: z.string(
    "set it to <id>:<base64 of 32 bytes>; echo k1:$(openssl rand -base64 32) makes one",
  ),
  GOOGLE_CLIENT_ID: z.string("set it to the OAuth client's id from the Google Cloud console"),
  GOOGLE_CLIENT_SECRET: z.string("set it to the OAuth client's secret"),
  GMAIL_ROOT_URL: z.url().default("https://gmail.googleapis.com/"),
  GOOGLE_TOKEN_URL: z.url().default("https://oauth2.googleapis.com/token"),
} as const;
