import type { QuotaGovernor } from "../../quota/quota-governor.ts";
import type { GrantBook } from "../grant-book.ts";
import type { TokenVault } from "../token-vault.ts";
import type { PriceList } from "./price-lists.ts";

/** What a Gmail provider needs to know. Only the OAuth client and the vault have no default. */
export interface GmailProviderOptions {
  /** Where access tokens are shared with other processes. */
  readonly vault: TokenVault;
  /** Where it is remembered whose mailbox credentials open. Default: only in this process. */
  readonly grants?: GrantBook | null | undefined;
  /** Where Gmail's API lives; ends in a slash. Default https://gmail.googleapis.com/. */
  readonly rootUrl?: string | undefined;
  /** Google's OAuth token endpoint. Default https://oauth2.googleapis.com/token. */
  readonly tokenUrl?: string | undefined;
  /** Google's OAuth revocation endpoint. Default: `revoke` beside the token endpoint, as Google has it. */
  readonly revokeUrl?: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Messages a batch request, at most 100; Google recommends no more than 50, the default. */
  readonly batchSize?: number | undefined;
  /** Long answers (1 MiB and more) that are read at once may hold so many bytes together; a longer one is read alone. */
  readonly largeBytesMax?: number | undefined;
  /** How long the other side may stay silent: to the answer's head, and between two reads of its body. */
  readonly requestTimeoutMs?: number | undefined;
  /** Connections to one host, kept open between requests. */
  readonly connectionsMax?: number | undefined;
  readonly userAgent?: string | undefined;
  /** The Pub/Sub topic that changes are told on: `projects/<project>/topics/<topic>`. None by default: no push. */
  readonly pubsubTopic?: string | null | undefined;
  /** Where calls reserve their units, and what each costs. Default: nothing is limited. */
  readonly quota?: GmailQuota | null | undefined;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly clock?: (() => number) | undefined;
}

export interface GmailQuota {
  readonly governor: QuotaGovernor;
  readonly prices: PriceList["units"];
}

export type ResolvedGmailOptions = {
  readonly [Key in keyof Omit<GmailProviderOptions, "pubsubTopic" | "quota" | "grants">]-?: NonNullable<
    GmailProviderOptions[Key]
  >;
} & {
  readonly pubsubTopic: string | null;
  readonly quota: GmailQuota | null;
  readonly grants: GrantBook | null;
};

/** Google refuses batches of more. */
const batchSizeMax = 100;

/** @throws RangeError for a batch size, a timeout or a number of connections that cannot work */
export function resolveGmailOptions(options: GmailProviderOptions): ResolvedGmailOptions {
  const rootUrl = options.rootUrl ?? "https://gmail.googleapis.com/";
  const tokenUrl = options.tokenUrl ?? "https://oauth2.googleapis.com/token";
  return {
    rootUrl: rootUrl.endsWith("/") ? rootUrl : `${rootUrl}/`,
    tokenUrl,
    // Never somewhere else by default: credentials of another server are none of Google's business.
    revokeUrl: options.revokeUrl ?? new URL("revoke", tokenUrl).href,
    vault: options.vault,
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    batchSize: inRange("batchSize", options.batchSize ?? 50, batchSizeMax),
    largeBytesMax: inRange("largeBytesMax", options.largeBytesMax ?? 16 * 1024 ** 2, 4 * 1024 ** 3),
    requestTimeoutMs: inRange("requestTimeoutMs", options.requestTimeoutMs ?? 30_000, 600_000),
    connectionsMax: inRange("connectionsMax", options.connectionsMax ?? 64, 1_000),
    userAgent: options.userAgent ?? "millrace",
    pubsubTopic: options.pubsubTopic ?? null,
    quota: options.quota ?? null,
    grants: options.grants ?? null,
    clock: options.clock ?? Date.now,
  };
}

function inRange(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from 1 to ${max}`);
}
