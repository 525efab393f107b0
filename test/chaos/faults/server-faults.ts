import { setTimeout as sleep } from "node:timers/promises";
import { eventStream, streams } from "@millrace/shared/nats/topology";
import type { Upstream } from "../plan/fault-kinds.ts";
import type { PlannedFault } from "../plan/plan-faults.ts";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import type { Injector } from "./injector.ts";
import { serverLocks } from "./server-locks.ts";
import { wipeStreams } from "./wipe-streams.ts";

/**
 * Takes a server away and brings it back. Meanwhile its ways refuse connections, as a port does that nobody
 * listens on.
 */
function away(server: "nats" | "postgres", takeAway: (world: World) => Promise<void>): Injector {
  return (fault, world, signal) =>
    serverLocks[server].run(async () => {
      if (signal.aborted) return false;
      const beganAtMs = Date.now();
      const undo = refuse(world, server);
      try {
        await takeAway(world);
        await pause(fault.durationMs, signal);
      } finally {
        await world[server].ensureRunning();
        await Promise.all(undo.map((release) => release()));
      }
      return { beganAtMs };
    });
}

export function refuse(world: World, upstream: Upstream): (() => Promise<void>)[] {
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
  await wipeStreams(
    world,
    streams.map(({ name }) => name),
    async () => {
      await world.nats.wipe();
      return true;
    },
  );
});

const catchUpMaxMs = 60_000;
const catchUpPollMs = 200;

/**
 * Postgres goes back to a backup that is some seconds old. All that was decided since is in the log, so the broker
 * is left its data until the views have caught up with it: to lose both copies is to lose.
 */
export const restorePostgres: Injector = (fault, world, signal) =>
  serverLocks.nats.run(() =>
    serverLocks.postgres.run(async () => {
      if (signal.aborted) return false;
      await world.postgres.backUp();
      await pause(fault.durationMs, signal);
      world.notes.isPostgresBack = true;
      try {
        const undo = refuse(world, "postgres");
        await world.postgres.restore();
        world.notes.restoresAtMs.push(Date.now());
        await Promise.all(undo.map((release) => release()));
        await catchUp(world);
      } finally {
        world.notes.isPostgresBack = false;
      }
      return true;
    }),
  );

const checkpointSql = `
  select seq, stream_created as "streamCreated" from checkpoints where name = 'projector'`;

/** Until the views are where the log was when this began, or for a while. An older log may have been longer. */
export async function catchUp({ database, jetstream, notes }: World): Promise<void> {
  const deadline = Date.now() + catchUpMaxMs;
  let goal = Number.POSITIVE_INFINITY;
  while (Date.now() < deadline) {
    try {
      const log = await jetstream.jsm.streams.info(eventStream.name);
      if (goal === Number.POSITIVE_INFINITY) goal = log.state.last_seq;
      const [row] = await database.query<{ seq: string; streamCreated: string }>(checkpointSql, [], 0);
      if (row?.streamCreated === log.created && Number(row.seq) >= goal) return;
    } catch {
      // Either server may be away.
    }
    await sleep(catchUpPollMs);
  }
  notes.say("   the views have not caught up after Postgres was restored");
}

/** What is left is used up within seconds of the load: mail is large, facts are small. */
const roomLeftMaxBytes = { postgres: 6 * 1024 ** 2, nats: 64 * 1024 } as const;

/** The server's disk is full for a while. Either server may stop for it; both run again when there is room. */
function diskFull(server: "nats" | "postgres", afterwards: (world: World) => Promise<void>): Injector {
  return (fault: PlannedFault, world, signal) =>
    serverLocks[server].run(async () => {
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
