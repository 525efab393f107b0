import type { Millrace } from "../create-millrace.ts";
import { MillraceError } from "../millrace-error.ts";
import { toldAtMs } from "../progress/told-at-ms.ts";
import type { Sync } from "../resources.ts";
import type { StreamState } from "../stream/follow-events.ts";
import { createLiveSource, type LiveSource } from "./live-source.ts";

/**
 * - `loading`: nothing is known yet
 * - `live`: `sync` is as it is now
 * - `interrupted`: `sync` is what was known last; `error` says why, and it is tried again
 * - `ended`: nothing more comes
 * - `failed`: it cannot be watched, and `error` says why
 */
export type Liveness = "loading" | "live" | "interrupted" | "ended" | "failed";

export interface SyncView {
  /** Null while nothing is known. */
  readonly sync: Sync | null;
  readonly state: Liveness;
  readonly error: MillraceError | null;
}

export const unknownSync: SyncView = Object.freeze({ sync: null, state: "loading", error: null });

export function createSyncSource(client: Millrace, id: string): LiveSource<SyncView> {
  let view = unknownSync;
  return createLiveSource<SyncView>(view, async (set, signal) => {
    const show = (next: Partial<SyncView>): void => {
      view = { ...view, error: null, ...next };
      set(view);
    };
    const onState = (state: StreamState): void => show(viewOfState(state, view.state, view.sync !== null));
    try {
      for await (const sync of client.watchSync(id, { signal, onState, after: view.sync?.version })) {
        toldAtMs(sync);
        show({ sync, state: "live" });
      }
      show({ state: "ended" });
    } catch (error) {
      if (!signal.aborted) show({ state: "failed", error: millraceErrorOf(error) });
    }
  });
}

/** @param isKnown whether there is anything to show: an open stream alone is not the state that it begins with */
export function viewOfState(
  state: StreamState,
  before: Liveness,
  isKnown: boolean,
): Pick<SyncView, "state" | "error"> {
  if (state.kind === "open") return { state: isKnown ? "live" : "loading", error: null };
  // The server closes streams now and then: that alone is no trouble to speak of.
  if (state.error === null) return { state: before, error: null };
  return { state: "interrupted", error: state.error };
}

export function millraceErrorOf(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError({ code: "unreachable", detail: String(error), cause: error });
}
