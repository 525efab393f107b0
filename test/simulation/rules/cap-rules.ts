import { isPaused } from "@millrace/shared/events/evolve-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { World } from "../world.ts";
import type { LogMemory } from "./log-memory.ts";

/**
 * Of a tenant with a cap no more syncs start than may run. What goes on after a pause runs beside them, and when the log or
 * the database was lost, so may be who had a seat.
 */
export function judgeCap(world: World, memory: LogMemory, accountId: string, fact: CourseFact): void {
  const { runningSyncsMax } = world.plan;
  if (fact.type !== "sync.started" || runningSyncsMax === null) return;
  if (world.broker.isLogDamaged || world.database.isDamaged || memory.hasGoneOn) return;
  const others = [...memory.courses].filter(
    ([id, { course }]) =>
      id !== accountId &&
      world.database.tables.accounts.has(id) &&
      course.active !== null &&
      !isPaused(course, course.active.syncId),
  );
  if (others.length >= runningSyncsMax) {
    world.violate(
      "no more syncs of a tenant run than may",
      `${fact.syncId} started beside ${others.map(([, { course }]) => course.active?.syncId)}`,
    );
  }
}
