import type { Sync } from "../resources.ts";

export interface Total {
  /** Messages; null: nobody knows yet. */
  readonly total: number | null;
  readonly isEstimate: boolean;
}

/** How many messages a sync has. Its listing knows when it is complete; until then there is at most the provider's estimate. */
export function totalOf({ status, progress }: Pick<Sync, "status" | "progress">): Total {
  if (progress.listingComplete || status === "completed")
    return { total: progress.listed, isEstimate: false };
  if (progress.estimatedTotal === null) return { total: null, isEstimate: true };
  return { total: Math.max(progress.estimatedTotal, progress.listed), isEstimate: true };
}
