import { blobEnv } from "@millrace/shared/blobs/blob-env";
import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import { providerEnv } from "@millrace/shared/providers/provider-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";
import { secretPattern } from "./access/secret.ts";

const operatorKeysMax = 4;

const operatorKeysSchema = z
  .string()
  .transform((list) => list.split(",").map((key) => key.trim()))
  .pipe(
    z
      .array(
        z
          .string()
          .regex(
            secretPattern("operator"),
            "must be mro_ and 16 to 200 letters, digits, '_' or '-', several by commas; make one with: echo mro_$(openssl rand -hex 24)",
          ),
      )
      .max(operatorKeysMax),
  );

export const syncApiConfigSchema = z
  .object({
    ...commonEnv,
    ...providerEnv,
    ...blobEnv,
    /** The key that seals credentials, and older ones that still open some: `id:base64,…`. */
    MILLRACE_ENCRYPTION_KEYS: z.string("make one with: echo k1:$(openssl rand -base64 32)"),
    HOST: z.string().default("127.0.0.1"),
    /** 0 takes a free port; the ready line says which. */
    PORT: envInt(0, 65_535).default(8750),
    /** A tenant and a key of it that exist once the service is up; for development and for the first start. */
    MILLRACE_BOOTSTRAP_TENANT: tenantIdSchema.optional(),
    MILLRACE_BOOTSTRAP_KEY: z
      .string()
      .regex(
        secretPattern("key"),
        "must be mr_ and 16 to 200 letters, digits, '_' or '-'; make one with: echo mr_$(openssl rand -hex 20)",
      )
      .optional(),
    /** Keys of whoever runs the installation, for tenants and their keys; several, so that one can follow another. */
    MILLRACE_OPERATOR_KEYS: operatorKeysSchema.default([]),
    /** Requests a minute that one copy answers; 0: without a limit. */
    RATE_LIMIT_PER_KEY: envInt(0, 1_000_000).default(6_000),
    RATE_LIMIT_PER_ADDRESS: envInt(0, 1_000_000).default(12_000),
    /** Requests a minute from one address whose key nobody knows. */
    RATE_LIMIT_REFUSED: envInt(0, 1_000_000).default(120),
    /** Whose word on where a request comes from is believed: addresses and networks of proxies, by commas; loopback, uniquelocal. */
    TRUST_PROXY: z.string().optional(),
    /** Notifications of Gmail are taken when both are set: what the push subscription's tokens say. */
    GMAIL_PUSH_AUDIENCE: z.string().optional(),
    GMAIL_PUSH_SERVICE_ACCOUNT: z.email("must be the address of a service account").optional(),
    GMAIL_PUSH_JWKS_URL: z.url().default("https://www.googleapis.com/oauth2/v3/certs"),
  })
  .refine(
    (config) =>
      (config.GMAIL_PUSH_AUDIENCE === undefined) === (config.GMAIL_PUSH_SERVICE_ACCOUNT === undefined),
    {
      path: ["GMAIL_PUSH_SERVICE_ACCOUNT"],
      message: "set both GMAIL_PUSH_AUDIENCE and GMAIL_PUSH_SERVICE_ACCOUNT, or none",
    },
  )
  .refine(
    (config) =>
      (config.MILLRACE_BOOTSTRAP_TENANT === undefined) === (config.MILLRACE_BOOTSTRAP_KEY === undefined),
    {
      path: ["MILLRACE_BOOTSTRAP_KEY"],
      message: "set both MILLRACE_BOOTSTRAP_TENANT and MILLRACE_BOOTSTRAP_KEY, or none",
    },
  );
