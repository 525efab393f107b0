import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import type { Injector } from "./injector.ts";
import { catchUp, refuse } from "./server-faults.ts";
import { serverLocks } from "./server-locks.ts";

/** The primary dies for good; the standby has all that was committed, and takes its place. */
export const failOverPostgres: Injector = (_fault, world, signal) =>
  serverLocks.postgres.run(async () => {
    if (signal.aborted) return false;
    const beganAtMs = Date.now();
    await failOver(world);
    await world.postgres.attachStandby();
    return { beganAtMs };
  });

/**
 * The same with a standby that nobody waits for and that is some seconds behind. What was committed meanwhile is lost with
 * the primary, so the broker is left its data until the views have caught up with it.
 */
export const failOverBehind: Injector = ({ durationMs }, world, signal) =>
  serverLocks.nats.run(() =>
    serverLocks.postgres.run(async () => {
      if (signal.aborted) return false;
      await world.postgres.leaveStandbyBehind();
      await pause(durationMs, signal);
      world.notes.isPostgresBack = true;
      const beganAtMs = Date.now();
      try {
        await failOver(world);
        world.notes.restoresAtMs.push(Date.now());
        await catchUp(world);
      } finally {
        world.notes.isPostgresBack = false;
      }
      await world.postgres.attachStandby();
      return { beganAtMs };
    }),
  );

async function failOver(world: World): Promise<void> {
  const undo = refuse(world, "postgres");
  try {
    await world.postgres.failOver();
  } finally {
    await Promise.all(undo.map((release) => release()));
  }
}
