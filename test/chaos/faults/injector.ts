import type { PlannedFault } from "../plan/plan-faults.ts";
import type { World } from "../world/world.ts";

/**
 * Makes one fault happen, waits its time and takes it back.
 *
 * @param signal faults end: whatever is still to be waited for is not, and everything is taken back
 * @returns false when it did not happen, because what it needs was not there; when it began, where it had to wait for its
 * turn
 */
export type Injector = (
  fault: PlannedFault,
  world: World,
  signal: AbortSignal,
) => Promise<boolean | { readonly beganAtMs: number }>;
