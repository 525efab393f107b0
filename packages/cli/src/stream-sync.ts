import { setTimeout as sleep } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import { type ApiAccess, ApiError, problemText } from "./api-request.ts";
import { hasEnded, type SyncResource, syncResource } from "./sync-resource.ts";

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Hears why the stream broke off, once until it flows again; it is opened again by itself. */
  readonly onInterruption?: (reason: string) => void;
  /** Give up when nothing came for so long; 2 minutes when absent. */
  readonly silenceMsMax?: number;
}

const retryMsMin = 250;
const retryMsMax = 5_000;
/** Longer than the server's heartbeats: a connection that says nothing for so long is dead. */
const idleMsMax = 45_000;
const silenceMsMaxDefault = 120_000;

/**
 * What the API streams of one sync, until it has ended. A stream that breaks off is opened again where it ended
 * (`Last-Event-ID`), so the API may restart meanwhile.
 *
 * @throws ApiError when the API refuses (wrong key, no such sync); Error when nothing came for too long; the
 *   signal's reason when it was aborted.
 */
export async function* streamSync(
  access: ApiAccess,
  syncId: string,
  options: StreamOptions = {},
): AsyncGenerator<SyncResource> {
  let lastEventId: string | null = null;
  let lastHeardMs = Date.now();
  let retryMs = retryMsMin;
  let flows = true;
  const interrupted = (reason: string) => {
    if (flows) options.onInterruption?.(reason);
    flows = false;
  };
  for (;;) {
    try {
      for await (const { id, sync } of openStream(access, syncId, lastEventId, options.signal)) {
        lastEventId = id || lastEventId;
        lastHeardMs = Date.now();
        retryMs = retryMsMin;
        flows = true;
        yield sync;
        if (hasEnded(sync)) return;
      }
      interrupted("the API closed the stream");
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (Date.now() - lastHeardMs > (options.silenceMsMax ?? silenceMsMaxDefault)) {
        throw new Error(`The API has not been heard for too long: ${reason}`, { cause: error });
      }
      interrupted(reason);
    }
    await sleep(retryMs, undefined, options.signal ? { signal: options.signal } : {});
    retryMs = Math.min(retryMsMax, retryMs * 2);
  }
}

interface StreamedSync {
  readonly id: string | null;
  readonly sync: SyncResource;
}

async function* openStream(
  access: ApiAccess,
  syncId: string,
  lastEventId: string | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<StreamedSync> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(new Error("the stream fell silent")), idleMsMax);
  try {
    const response = await fetch(new URL(`/v1/syncs/${encodeURIComponent(syncId)}/stream`, access.url), {
      headers: {
        accept: "text/event-stream",
        authorization: `Bearer ${access.key}`,
        ...(lastEventId === null ? {} : { "last-event-id": lastEventId }),
      },
      signal: signal ? AbortSignal.any([signal, idle.signal]) : idle.signal,
    });
    if (!response.ok)
      throw new ApiError(response.status, problemText(response.status, await response.text()));
    if (!response.body) return;
    const arrived: StreamedSync[] = [];
    const parser = createParser({
      onEvent: ({ event, id, data }) => {
        if (event === "sync") arrived.push({ id: id ?? null, sync: syncResource.parse(JSON.parse(data)) });
      },
    });
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      timer.refresh();
      parser.feed(text);
      yield* arrived.splice(0);
    }
  } finally {
    clearTimeout(timer);
    idle.abort();
  }
}
