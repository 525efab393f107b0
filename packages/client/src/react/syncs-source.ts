import type { Millrace } from "../create-millrace.ts";
import type { MillraceError } from "../millrace-error.ts";
import { toldAtMs } from "../progress/told-at-ms.ts";
import { hasEnded, type Sync } from "../resources.ts";
import type { StreamState } from "../stream/follow-events.ts";
import { createLiveSource, type LiveSource } from "./live-source.ts";
import { type Liveness, millraceErrorOf, viewOfState } from "./sync-source.ts";

export interface SyncsView {
  /** Those that run or have ended since a minute before the watching began, newest first. */
  readonly syncs: readonly Sync[];
  readonly state: Exclude<Liveness, "ended">;
  readonly error: MillraceError | null;
}

export const unknownSyncs: SyncsView = Object.freeze({
  syncs: Object.freeze([]),
  state: "loading",
  error: null,
});

const endedMax = 200;
/** Hundreds of changes a second are shown ten times a second. */
const showMs = 100;

export function createSyncsSource(client: Millrace): LiveSource<SyncsView> {
  const byId = new Map<string, Sync>();
  return createLiveSource<SyncsView>(unknownSyncs, async (set, signal) => {
    let stand: Pick<SyncsView, "state" | "error"> = { state: "loading", error: null };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      clearTimeout(timer);
      timer = undefined;
      set({ ...stand, syncs: newestFirst(byId) });
    };
    const stands = (next: Pick<SyncsView, "state" | "error">): void => {
      stand = next;
      show();
    };
    // Where nothing runs nothing is told, and an open stream is all there is to wait for.
    const onState = (state: StreamState): void =>
      stands(viewOfState(state, stand.state, true) as Pick<SyncsView, "state" | "error">);
    try {
      for await (const sync of client.watchSyncs({ signal, onState })) {
        toldAtMs(sync);
        byId.set(sync.id, sync);
        timer ??= setTimeout(show, showMs);
      }
    } catch (error) {
      if (!signal.aborted) stands({ state: "failed", error: millraceErrorOf(error) });
    } finally {
      clearTimeout(timer);
    }
  });
}

function newestFirst(byId: Map<string, Sync>): Sync[] {
  const ended = [...byId.values()].filter(hasEnded).sort((a, b) => compare(b.endedAt, a.endedAt));
  for (const { id } of ended.slice(endedMax)) byId.delete(id);
  return [...byId.values()].sort((a, b) => compare(b.requestedAt, a.requestedAt) || compare(b.id, a.id));
}

const compare = (a: string | null, b: string | null): number =>
  (a ?? "") < (b ?? "") ? -1 : a === b ? 0 : 1;
