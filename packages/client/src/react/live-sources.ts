import type { Millrace } from "../create-millrace.ts";
import type { LiveSource } from "./live-source.ts";
import { createSyncSource, type SyncView } from "./sync-source.ts";
import { createSyncsSource, type SyncsView } from "./syncs-source.ts";

/** What the hooks of one client share: a sync that several components watch is one stream. */
export interface LiveSources {
  sync(id: string): LiveSource<SyncView>;
  readonly syncs: LiveSource<SyncsView>;
}

/** So many syncs that nobody looks at are remembered: whoever comes back to one sees at once what was known. */
const idleMax = 200;

const known = new WeakMap<Millrace, LiveSources>();

export function liveSourcesOf(client: Millrace): LiveSources {
  const found = known.get(client);
  if (found !== undefined) return found;
  const made = createLiveSources(client);
  known.set(client, made);
  return made;
}

function createLiveSources(client: Millrace): LiveSources {
  const byId = new Map<string, LiveSource<SyncView>>();
  return {
    sync: (id) => {
      const found = byId.get(id);
      if (found !== undefined) return found;
      forgetIdle(byId);
      const source = createSyncSource(client, id);
      byId.set(id, source);
      return source;
    },
    syncs: createSyncsSource(client),
  };
}

function forgetIdle(byId: Map<string, LiveSource<SyncView>>): void {
  if (byId.size < idleMax) return;
  for (const [id, source] of byId) if (source.isIdle()) byId.delete(id);
}
