import { Caller } from "./http/caller.ts";
import type { Connection } from "./http/exchange.ts";
import { KeyHolder, type KeySource } from "./http/key-holder.ts";
import { accounts } from "./resources/accounts.ts";
import { connectLinks } from "./resources/connect-links.ts";
import { deadLetters } from "./resources/dead-letters.ts";
import { audit, events } from "./resources/events.ts";
import { health } from "./resources/health.ts";
import { browserTokens, keys } from "./resources/keys.ts";
import { messages } from "./resources/messages.ts";
import { activity, forecasts, me, overview } from "./resources/overview.ts";
import { retention } from "./resources/retention.ts";
import { syncs } from "./resources/syncs.ts";
import { tenant, tenants } from "./resources/tenants.ts";
import { webhookEndpoints } from "./resources/webhook-endpoints.ts";
import type { WatchOptions } from "./stream/follow-events.ts";
import { watchChunks } from "./stream/watch-chunks.ts";
import { type EventFilter, watchEvents } from "./stream/watch-events.ts";
import { watchOverview } from "./stream/watch-overview.ts";
import { watchSync, watchSyncs } from "./stream/watch-syncs.ts";

export interface MillraceOptions {
  /** Where sync-api is; a path, or nothing, for this page's own origin. */
  readonly baseUrl: string;
  /**
   * A key (`mr_…`, on a server only) or a browser token (`mrb_…`), or a function that gets one: it is asked the first
   * time, and again when the one before has ended.
   */
  readonly key?: KeySource | undefined;
  /** Instead of the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** How often a request that may be repeated is, at most (3). Streams come back for as long as they are watched. */
  readonly retries?: number | undefined;
  /** For an answer to begin, in milliseconds (30,000). */
  readonly answerMsMax?: number | undefined;
  /** A stream without a heartbeat for so long, in milliseconds, is opened again (45,000: three heartbeats). */
  readonly silenceMsMax?: number | undefined;
}

/**
 * The whole of Millrace's API, typed by its own description. Requests that may be repeated are, lists are iterated page by
 * page, live streams go on where they were.
 */
export function createMillrace(options: MillraceOptions) {
  const connection = connectionOf(options);
  const api = new Caller(connection);
  return {
    accounts: accounts(api),
    activity: activity(api),
    audit: audit(api),
    browserTokens: browserTokens(api),
    connectLinks: connectLinks(api),
    deadLetters: deadLetters(api),
    events: events(api),
    health: health(api),
    keys: keys(api),
    me: me(api),
    messages: messages(api),
    retention: retention(api),
    overview: overview(api),
    forecasts: forecasts(api),
    syncs: syncs(api),
    tenant: tenant(api),
    tenants: tenants(api),
    webhookEndpoints: webhookEndpoints(api),
    /**
     * A sync's states until it has ended, and none of its dead letters is being tried again: what it is now, then each
     * change. Goes on by itself after interruptions, with a new token where that is needed, and never tells a state that is
     * older than the one before. To see a retry to its end, give its answer's `version` as `after`: what was before is not the end.
     *
     * @throws MillraceError when there is no such sync, or it may not be seen; the signal's reason
     */
    watchSync: (id: string, watch: WatchOptions = {}) => watchSync(connection, id, watch),
    /** The same of all syncs: those that run or have just ended, then each change. Does not end by itself. */
    watchSyncs: (watch: WatchOptions = {}) => watchSyncs(connection, watch),
    /** How all of it is, whenever that changes. Does not end by itself; an operator's key sees all tenants. */
    watchOverview: (watch: Omit<WatchOptions, "after"> = {}) => watchOverview(connection, watch),
    /** The states of a sync's chunks: all of them, then those that change, until the sync has ended. */
    watchChunks: (id: string, watch: WatchOptions = {}) => watchChunks(connection, id, watch),
    /** What happens from now on, or after a version, fact by fact, each once. Does not end by itself. */
    watchEvents: (filter: EventFilter = {}, watch: WatchOptions = {}) => watchEvents(api, filter, watch),
  };
}

export type Millrace = ReturnType<typeof createMillrace>;

function connectionOf(options: MillraceOptions): Connection {
  const { baseUrl, key, retries = 3, answerMsMax = 30_000, silenceMsMax = 45_000 } = options;
  const own = options.fetch;
  return {
    baseUrl: baseUrl.replace(/\/+$/, ""),
    keys: new KeyHolder(key),
    // A browser's fetch may be called as the window's only.
    fetch: own ?? ((input, init) => globalThis.fetch(input, init)),
    answerMsMax,
    silenceMsMax,
    retries,
  };
}
