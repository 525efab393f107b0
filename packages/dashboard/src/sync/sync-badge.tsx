import type { Sync } from "@millrace/client";
import { Badge } from "../ui/controls.tsx";
import { toneOf } from "./sync-words.ts";

/** A sync's status; of one that runs and meets trouble that as well. */
export function SyncBadge({ sync }: { readonly sync: Pick<Sync, "status" | "trouble"> }) {
  const isFailing = sync.status === "running" && sync.trouble !== null;
  return (
    <Badge tone={isFailing ? "warn" : toneOf(sync.status)}>
      {isFailing ? "running, retrying" : sync.status}
    </Badge>
  );
}
