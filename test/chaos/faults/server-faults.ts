import type { Upstream } from "../plan/fault-kinds.ts";
import type { PlannedFault } from "../plan/plan-faults.ts";
import { Mutex } from "../world/mutex.ts";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import type { Injector } from "./injector.ts";

/** One fault at a time has a server in its hands. */
const locks: Readonly<Record<"nats" | "postgres", Mutex>> = { nats: new Mutex(), postgres: new Mutex() };

/**
 * Takes a server away and brings it back. Meanwhile its ways refuse connections, as a port does that nobody
 * listens on.
 */
function away(server: "nats" | "postgres", takeAway: (world: World) => Promise<void>): Injector {
  return (fault, world, signal) =>
    locks[server].run(async () => {
      if (signal.aborted) return false;
      const undo = refuse(world, server);
      try {
        await takeAway(world);
        await pause(fault.durationMs, signal);
      } finally {
        await world[server].ensureRunning();
        await Promise.all(undo.map((release) => release()));
      }
      return true;
    });
}

function refuse(world: World, upstream: Upstream): (() => Promise<void>)[] {
  return world.links
    .filter((link) => link.upstream === upstream)
    .map(({ proxy }) => proxy.trouble({ kind: "refused" }));
}

export const killNats = away("nats", (world) => world.nats.kill());
export const restartNats = away("nats", (world) => world.nats.stop());
export const killPostgres = away("postgres", (world) => world.postgres.kill());
export const stopPostgresImmediately = away("postgres", (world) => world.postgres.stopImmediately());

/** The broker comes back with nothing of what it had. */
export const wipeNats = away("nats", async (world) => {
  await world.nats.wipe();
  world.notes.wipesAtMs.push(Date.now());
});

/** What is left is used up within seconds of the load: mail is large, facts are small. */
const roomLeftMaxBytes = { postgres: 6 * 1024 ** 2, nats: 64 * 1024 } as const;

/** The server's disk is full for a while. Either server may stop for it; both run again when there is room. */
function diskFull(server: "nats" | "postgres", afterwards: (world: World) => Promise<void>): Injector {
  return (fault: PlannedFault, world, signal) =>
    locks[server].run(async () => {
      const disk = world.disks[server];
      if (signal.aborted || disk.unsizedBecause !== null) return false;
      try {
        await disk.fill(fault.intensity * roomLeftMaxBytes[server]);
        await pause(fault.durationMs, signal);
      } finally {
        await disk.free();
        await afterwards(world);
      }
      return true;
    });
}

export const fillPostgresDisk = diskFull("postgres", (world) => world.postgres.ensureRunning());

/** nats-server turns JetStream off when it cannot write, until it is started again. */
export const fillNatsDisk = diskFull("nats", async (world) => {
  await world.nats.stop();
  await world.nats.ensureRunning();
});
