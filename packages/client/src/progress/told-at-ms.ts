import type { Sync } from "../resources.ts";

const seen = new WeakMap<Sync, number>();

/**
 * When this state of a sync was seen first, in milliseconds since 1970: from the first call with this very object on it is the
 * same. Who receives states calls it as they come, who shows them later then knows how old they are.
 */
export function toldAtMs(sync: Sync): number {
  const known = seen.get(sync);
  if (known !== undefined) return known;
  const now = Date.now();
  seen.set(sync, now);
  return now;
}
