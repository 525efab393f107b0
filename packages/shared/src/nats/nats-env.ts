import { z } from "zod";

const file = (what: string) => z.string(`set it to ${what}`).optional();

/** Variables that say where the broker is, who comes, and how the line is guarded. */
export const natsEnv = {
  /** `nats://` or `tls://`, several separated by commas. */
  NATS_URL: z.string("set it to the broker's address, nats://127.0.0.1:4222 for example"),
  /** A user's seed, alone in a file: `SU…`. The broker knows the public key only. */
  NATS_NKEY_SEED_FILE: file("a file with a user's seed"),
  /** Credentials of a broker whose users are JWTs, as `nsc` writes them. */
  NATS_CREDS_FILE: file("a file of credentials"),
  NATS_USER: file("a user's name"),
  NATS_PASSWORD: file("the user's password"),
  NATS_PASSWORD_FILE: file("a file with the user's password"),
  /** Who signed the broker's certificate, where the machine does not know. */
  NATS_TLS_CA_FILE: file("a file of certificates in PEM"),
  /** Our own certificate, for a broker that wants one. */
  NATS_TLS_CERT_FILE: file("a file with a certificate in PEM"),
  NATS_TLS_KEY_FILE: file("a file with the certificate's key in PEM"),
} as const;

export type NatsEnv = { readonly [Name in keyof typeof natsEnv]?: string | undefined };
