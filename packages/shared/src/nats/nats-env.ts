import { z } from "zod";

const file = (what: string) => z.string(`set it to ${what}`).optional();

/** Variables that say where the broker is, who comes, and how the line is guarded. */
export const natsEnv = {
  NATS_URL: z
    .string("set it to the broker's address, nats://127.0.0.1:4222 for example")
    .describe("NATS 2.12 or newer with JetStream, `nats://` or `tls://`; several separated by commas"),
  NATS_NKEY_SEED_FILE: file("a file with a user's seed").describe(
    "the file with the seed of the service's user ([Your own NATS](#your-own-nats))",
  ),
  NATS_CREDS_FILE: file("a file of credentials").describe(
    "instead: a user's JWT and seed, of a server in operator mode",
  ),
  NATS_USER: file("a user's name").describe("instead: a name"),
  NATS_PASSWORD: file("the user's password").describe("the password of NATS_USER"),
  NATS_PASSWORD_FILE: file("a file with the user's password").describe("a file with that password"),
  NATS_TLS_CA_FILE: file("a file of certificates in PEM").describe(
    "who signed the broker's certificate, in PEM",
  ),
  NATS_TLS_CERT_FILE: file("a file with a certificate in PEM").describe(
    "a certificate of our own, in PEM, for a broker that wants one",
  ),
  NATS_TLS_KEY_FILE: file("a file with the certificate's key in PEM").describe(
    "that certificate's key, in PEM",
  ),
} as const;

export type NatsEnv = { readonly [Name in keyof typeof natsEnv]?: string | undefined };
