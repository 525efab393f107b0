import type { Sync } from "@millrace/client";
import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useAccess } from "../session/millrace-context.tsx";

/** A sync in its newest state: read once, then live by the stream of all syncs. It never goes back to an older one. */
export function useSync(id: string): { sync: Sync | undefined; error: unknown; retry: () => void } {
  const { millrace, syncs } = useAccess();
  const read = useQuery({
    queryKey: ["sync", id],
    queryFn: async ({ signal }) => syncs.take(await millrace.syncs.get(id, { signal })),
    // After a sleep or a lost connection too; meanwhile the stream tells.
    refetchOnWindowFocus: true,
    refetchInterval: 30_000,
  });
  const live = useSyncExternalStore(syncs.subscribe, () => syncs.get(id));
  return { sync: live ?? read.data, error: read.error, retry: () => void read.refetch() };
}
