"use client";

import { useSyncExternalStore } from "react";
import { liveSourcesOf } from "./live-sources.ts";
import { type SyncsView, unknownSyncs } from "./syncs-source.ts";
import { useMillrace } from "./use-millrace.ts";

export type { SyncsView } from "./syncs-source.ts";

/** All syncs of the tenant that run or have just ended, as they are now. */
export function useSyncs(): SyncsView {
  const { syncs } = liveSourcesOf(useMillrace());
  return useSyncExternalStore(syncs.subscribe, syncs.get, nothingYet);
}

const nothingYet = (): SyncsView => unknownSyncs;
