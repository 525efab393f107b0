import type { PlannedFault } from "../plan/plan-faults.ts";
import { pause } from "../world/pause.ts";
import type { LinkTrouble, TcpProxy } from "../world/tcp-proxy.ts";
import type { World } from "../world/world.ts";
import type { Injector } from "./injector.ts";

/** The ways that `<copy>:<upstream>` or `*:<upstream>` names. */
function proxiesOf(world: World, target: string): TcpProxy[] {
  const [copy, upstream] = target.split(":");
  return world.links
    .filter((link) => link.upstream === upstream && (copy === "*" || link.copy === copy))
    .map(({ proxy }) => proxy);
}

function troubled(troubleOf: (fault: PlannedFault) => LinkTrouble): Injector {
  return async (fault, world, signal) => {
    const undo = proxiesOf(world, fault.target).map((proxy) => proxy.trouble(troubleOf(fault)));
    await pause(fault.durationMs, signal);
    await Promise.all(undo.map((release) => release()));
    return true;
  };
}

/** Reset, and refused for a while. */
export const cut = troubled(() => ({ kind: "refused" }));
export const stall = troubled(() => ({ kind: "stalled" }));

const slowestBytesPerSecond = 20_000;
const fastestBytesPerSecond = 400_000;
const latencyMaxMs = 120;

export const slow = troubled(({ intensity }) => ({
  kind: "slow",
  latencyMs: Math.round(intensity * latencyMaxMs),
  bytesPerSecond: fastestBytesPerSecond - intensity * (fastestBytesPerSecond - slowestBytesPerSecond),
}));

/** Whoever holds a connection now never hears of it again; the fault's time is when the server gives it up. */
export const vanish: Injector = async ({ target, durationMs }, world) => {
  for (const proxy of proxiesOf(world, target)) proxy.vanish(durationMs);
  return true;
};
