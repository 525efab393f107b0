"use client";

import { useSyncExternalStore } from "react";
import { liveSourcesOf } from "./live-sources.ts";
import { type SyncView, unknownSync } from "./sync-source.ts";
import { useMillrace } from "./use-millrace.ts";

export type { SyncView } from "./sync-source.ts";

/**
 * A sync as it is now, until it has ended: survives reloads, lost networks and restarted servers, and never runs backwards.
 *
 * @param id null: none yet, which is `loading` as well
 */
export function useSync(id: string | null | undefined): SyncView {
  const client = useMillrace();
  const source = id === null || id === undefined ? none : liveSourcesOf(client).sync(id);
  return useSyncExternalStore(source.subscribe, source.get, nothingYet);
}

/** On a server nothing is watched: the page begins as it does in the browser. */
const nothingYet = (): SyncView => unknownSync;

const none = { subscribe: () => () => {}, get: nothingYet };
