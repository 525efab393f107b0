import { hash32, Random } from "@millrace/gmail-simulator/random";
import { createParser } from "eventsource-parser";
import type { ApiClient } from "../world/api-client.ts";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import { type ShownSync, terminalStatuses } from "./progress-mark.ts";
import { Watcher } from "./watcher.ts";

const salt = 7;
const retryMs = 500;
/** Then the client goes and comes back, as browsers do. */
const stayMinMs = 1_000;
const stayMaxMs = 9_000;
/** Most clients come back with the id of the last event; some begin anew. */
const resumeShare = 0.8;
/** One sync is watched for so long at most. */
const watchMaxMs = 60_000;

/** One client that watches one sync after the other to its end, over many connections to any copy of the API. */
export async function watchSyncStreams(number: number, world: World, signal: AbortSignal): Promise<void> {
  const random = new Random(hash32(world.seed, number, salt));
  const watcher = new Watcher(`stream ${number}`, world);
  let seen = 0;
  while (!signal.aborted) {
    const all = world.register.all();
    if (all.length === seen) {
      await pause(retryMs, signal);
      continue;
    }
    seen = all.length;
    const sync = random.pick(all.slice(-10));
    const api = world.accounts.find(({ accountId }) => accountId === sync.accountId)?.api;
    const untilMs = Date.now() + watchMaxMs;
    const isDone = (): boolean => Date.now() > untilMs;
    if (api)
      await watch({ api, path: `/v1/syncs/${sync.id}/stream`, isDone }, watcher, world, random, signal);
  }
}

/** One client of each tenant's stream of everything, for as long as the run lasts. */
export async function watchTenantStream(number: number, world: World, signal: AbortSignal): Promise<void> {
  const random = new Random(hash32(world.seed, 100 + number, salt));
  const tenants = new Map(world.accounts.map(({ tenantId, api }) => [tenantId, api]));
  await Promise.all(
    [...tenants].map(([tenantId, api]) =>
      watch(
        { api, path: "/v1/stream", isDone: () => false },
        new Watcher(`stream of ${tenantId}`, world),
        world,
        random,
        signal,
      ),
    ),
  );
}

interface Watched {
  readonly api: ApiClient;
  readonly path: string;
  readonly isDone: () => boolean;
}

/** Watches until the sync has ended, the time is over or the signal is aborted. */
async function watch(
  { api, path, isDone }: Watched,
  watcher: Watcher,
  world: World,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  let lastEventId: string | null = null;
  while (!signal.aborted && !isDone()) {
    const leave = AbortSignal.any([
      signal,
      AbortSignal.timeout(stayMinMs + random.below(stayMaxMs - stayMinMs)),
    ]);
    try {
      const response = await api.openStream(path, random.chance(resumeShare) ? lastEventId : null, leave);
      if (response.ok && response.body) {
        world.notes.reconnections++;
        for await (const { id, sync } of readSyncs(response.body)) {
          lastEventId = id;
          watcher.sees(sync);
          if (path !== "/v1/stream" && terminalStatuses.has(sync.status)) return;
        }
      } else await response.body?.cancel();
    } catch {
      // The API is away, or this client has left.
    }
    await pause(retryMs, signal);
  }
}

async function* readSyncs(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly id: string; readonly sync: ShownSync }> {
  const arrived: { id: string; sync: ShownSync }[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => {
      if (event === "sync") arrived.push({ id: id ?? "", sync: JSON.parse(data) as ShownSync });
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    yield* arrived.splice(0);
  }
}
