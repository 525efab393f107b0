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
    MILLRACE_ENCRYPTION_KEYS: z
      .string("make one with: echo k1:$(openssl rand -base64 32)")
      .describe("`<id>:<base64 of 32 bytes>`, several separated by commas; the first seals, all open"),
    DATABASE_OWNER_URL: z
      .string()
      .optional()
      .describe("the owner's, for migrations; not needed where `npm run migrate` is run"),
    HOST: z.string().default("127.0.0.1").describe("the address on which the API listens"),
    PORT: envInt(0, 65_535).default(8750).describe("the port on which the API listens; 0 takes a free one"),
    PUBLIC_URL: z
      .string()
      .refine(isOrigin, "must be an origin: https://millrace.example.com (http on this machine only)")
      .optional()
      .describe(
        "the origin under which browsers reach the API: https, http on the own machine only. Without it, and listening elsewhere, no links are made",
      ),
    MILLRACE_BOOTSTRAP_TENANT: tenantIdSchema
      .optional()
      .describe("a tenant that exists once the service is up"),
    MILLRACE_BOOTSTRAP_KEY: z
      .string()
      .regex(
        secretPattern("key"),
        "must be mr_ and 16 to 200 letters, digits, '_' or '-'; make one with: echo mr_$(openssl rand -hex 20)",
      )
      .optional()
      .describe("an API key of that tenant"),
    MILLRACE_OPERATOR_KEYS: operatorKeysSchema
      .default([])
      .describe(
        "keys of whoever runs the installation, `mro_…`, several separated by commas: tenants and their keys",
      ),
    RATE_LIMIT_PER_KEY: envInt(0, 1_000_000)
      .default(6_000)
      .describe(
        "requests a minute that one copy answers to a key, with the tokens made by it; 0: without a limit",
      ),
    RATE_LIMIT_PER_ADDRESS: envInt(0, 1_000_000)
      .default(12_000)
      .describe(
        "requests a minute that one copy answers to an address (of IPv6, a /64 network); 0: without a limit",
      ),
    RATE_LIMIT_REFUSED: envInt(0, 1_000_000)
      .default(120)
      .describe("requests a minute from one address whose key nobody knows, before they are told to wait"),
    TRUST_PROXY: z
      .string()
      .refine(
        areProxies,
        "must be addresses or networks of proxies, separated by commas: 10.0.0.0/8, loopback, uniquelocal",
      )
      .optional()
      .describe(
        "proxies whose `X-Forwarded-For` is believed: addresses and networks, `loopback`, `uniquelocal`, separated by commas",
      ),
    DASHBOARD_TRACE_URL: z
      .url({ protocol: /^https?$/ })
      .refine((url) => url.includes("{traceId}"), "must have {traceId} where the trace's id goes")
      .optional()
      .describe(
        "where the dashboard's links to traces lead, with `{traceId}` in it: https://jaeger.example.com/trace/{traceId}",
      ),
    MILLRACE_BOOTSTRAP_RETURN_URLS: z
      .string()
      .transform((text) => text.split(",").map((url) => url.trim()))
      .refine(
        (urls) => urls.every((url) => parseReturnUrl(url) !== null),
        "must be https (http on this machine only)",
      )
      .optional()
      .describe(
        "that tenant's return addresses (see Connect a mailbox), separated by commas. `npm start` allows the API's own",
      ),
    GMAIL_PUSH_AUDIENCE: z
      .string()
      .optional()
      .describe(
        "the audience of push requests' tokens; without it and the service account `POST /v1/webhooks/gmail` is 404",
      ),
    GMAIL_PUSH_SERVICE_ACCOUNT: z
      .email("must be the address of a service account")
      .optional()
      .describe("the service account of those tokens"),
    WEBHOOKS_ALLOW_HTTP: z
      .stringbool("must be true or false")
      .default(false)
      .describe("for development: webhooks may go to http:// as well"),
    WEBHOOKS_ALLOW_PRIVATE: z
      .stringbool("must be true or false")
      .default(false)
      .describe(
        "for development: webhooks may go to any address and port, of the machine and its network as well",
      ),
    WEBHOOKS_PORTS: envPorts.default([443, 8443]).describe("ports that webhooks may go to"),
    GMAIL_PUSH_JWKS_URL: z
      .url()
      .default("https://www.googleapis.com/oauth2/v3/certs")
      .describe("where the keys are that those tokens are signed with"),
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
