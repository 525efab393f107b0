import { setTimeout as sleep } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import type { TwoCopies } from "./two-copies.ts";

const retryMs = 100;

interface ShownSync {
  readonly id: string;
  readonly status: string;
  readonly progress: { readonly settled: number };
}

export interface ProgressWatcher {
  /** The longest time in which no progress was told of, while it watched. */
  readonly longestGapMs: number;
  readonly told: number;
  readonly connections: number;
  /** What went backwards: nothing may (rule I8). */
  readonly backwards: readonly string[];
  readonly paused: readonly string[];
  stop(): Promise<void>;
}

/** Watches all syncs of a tenant over its live stream, and comes back to either copy when it is cut off. */
export function watchProgress(api: TwoCopies): ProgressWatcher {
  const leave = new AbortController();
  const seen = new Map<string, number>();
  const backwards: string[] = [];
  const paused: string[] = [];
  const state = { longestGapMs: 0, told: 0, connections: 0, backwards, paused };
  let lastEventId: string | null = null;
  let lastProgressMs = performance.now();

  const see = ({ id, status, progress: { settled } }: ShownSync): void => {
    if (status === "paused") paused.push(id);
    const before = seen.get(id) ?? 0;
    if (settled < before) backwards.push(`${id}: ${before}, then ${settled}`);
    if (settled <= before) return;
    seen.set(id, settled);
    state.told++;
    const nowMs = performance.now();
    state.longestGapMs = Math.max(state.longestGapMs, nowMs - lastProgressMs);
    lastProgressMs = nowMs;
  };
  const parser = () =>
    createParser({
      onEvent: ({ event, id, data }) => {
        lastEventId = id ?? lastEventId;
        if (event === "sync") see(JSON.parse(data));
      },
    });
  const watch = async (): Promise<void> => {
    while (!leave.signal.aborted) {
      const response = await api.openStream("/v1/stream", lastEventId, leave.signal);
      if (response?.body) {
        state.connections++;
        await feed(response.body, parser()).catch(() => {}); // cut off
      }
      await sleep(retryMs);
    }
  };
  const watching = watch();
  return Object.assign(state, {
    stop: async () => {
      leave.abort();
      await watching;
    },
  });
}

async function feed(
  body: ReadableStream<Uint8Array>,
  parser: ReturnType<typeof createParser>,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of body) parser.feed(decoder.decode(bytes, { stream: true }));
}
