import { isIP } from "node:net";
import { blobEnv } from "@millrace/shared/blobs/blob-env";
import { tenantIdSchema } from "@millrace/shared/events/identifiers";
import { consentEnv, providerEnv } from "@millrace/shared/providers/provider-env";
import { commonEnv, envInt } from "@millrace/shared/runtime/parse-config";
import { z } from "zod";
import { secretPattern } from "./access/secret.ts";
import { parseReturnUrl } from "./oauth/return-url.ts";

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

const portsMax = 20;

/** Ports in a variable, separated by commas. */
const envPorts = z
  .string()
  .regex(/^\d{1,5}( *, *\d{1,5})*$/, "must be ports, separated by commas")
  .transform((text) => text.split(",").map(Number))
  .pipe(z.array(z.int().min(1).max(65_535)).max(portsMax));

const proxyNames: ReadonlySet<string> = new Set(["loopback", "linklocal", "uniquelocal"]);

function areProxies(list: string): boolean {
  return list.split(",").every((text) => {
    const [address = "", bits, ...rest] = text.trim().split("/");
    if (proxyNames.has(address)) return bits === undefined;
    const bitsMax = isIP(address) === 6 ? 128 : 32;
    return (
      isIP(address) !== 0 &&
      rest.length === 0 &&
      (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax))
    );
  });
}

export const syncApiConfigSchema = z
  .object({
    ...commonEnv,
    ...providerEnv,
    ...consentEnv,
    ...blobEnv,
    /** The key that seals credentials, and older ones that still open some: `id:base64,…`. */
    MILLRACE_ENCRYPTION_KEYS: z.string("make one with: echo k1:$(openssl rand -base64 32)"),
    /** Whom the schema belongs to, for migrations; needed when DATABASE_URL's user is not he and nobody else migrates. */
    DATABASE_OWNER_URL: z.string().optional(),
    HOST: z.string().default("127.0.0.1"),
    /** 0 takes a free port; the ready line says which. */
    PORT: envInt(0, 65_535).default(8750),
    /** The origin under which browsers reach the API. Not needed where it listens on this machine alone. */
    PUBLIC_URL: z
      .string()
      .refine(isOrigin, "must be an origin: https://millrace.example.com (http on this machine only)")
      .optional(),
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
    TRUST_PROXY: z
      .string()
      .refine(
        areProxies,
        "must be addresses or networks of proxies, separated by commas: 10.0.0.0/8, loopback, uniquelocal",
      )
      .optional(),
    /** The addresses that people may be sent back to after they have connected a mailbox for it, with commas between. */
    MILLRACE_BOOTSTRAP_RETURN_URLS: z
      .string()
      .transform((text) => text.split(",").map((url) => url.trim()))
      .refine(
        (urls) => urls.every((url) => parseReturnUrl(url) !== null),
        "must be https (http on this machine only)",
      )
      .optional(),
    /** Notifications of Gmail are taken when both are set: what the push subscription's tokens say. */
    GMAIL_PUSH_AUDIENCE: z.string().optional(),
    GMAIL_PUSH_SERVICE_ACCOUNT: z.email("must be the address of a service account").optional(),
    /** Webhooks may go to http:// as well; for development. */
    WEBHOOKS_ALLOW_HTTP: z.stringbool("must be true or false").default(false),
    /** They may go to any address and port, of the machine and its network as well; for development. */
    WEBHOOKS_ALLOW_PRIVATE: z.stringbool("must be true or false").default(false),
    WEBHOOKS_PORTS: envPorts.default([443, 8443]),
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

function isOrigin(text: string): boolean {
  const url = parseReturnUrl(text);
  return url !== null && url.pathname === "/" && url.search === "";
}
