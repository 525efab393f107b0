import type { PlannedFault } from "../plan/plan-faults.ts";
import { pause } from "../world/pause.ts";
import type { World } from "../world/world.ts";
import { injectors } from "./injectors.ts";

/**
 * Lets every fault of a schedule happen at its time, also several at once, until the signal is aborted. Settles when
 * all of them are taken back.
 *
 * @throws what an injector threw that could not take its fault back: the run cannot go on
 */
export async function runSchedule(
  schedule: readonly PlannedFault[],
  world: World,
  beganAtMs: number,
  signal: AbortSignal,
): Promise<void> {
  const lasting: Promise<void>[] = [];
  const failures: unknown[] = [];
  for (const fault of schedule) {
    await pause(beganAtMs + fault.atMs - Date.now(), signal);
    if (signal.aborted) break;
    lasting.push(inject(fault, world, signal).catch((error: unknown) => void failures.push(error)));
  }
  await Promise.all(lasting);
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} fault(s) could not be taken back`);
}

async function inject(fault: PlannedFault, world: World, signal: AbortSignal): Promise<void> {
  const { kind, target, durationMs } = fault;
  world.notes.say(`   ${kind} ${target}${durationMs > 0 ? ` for ${(durationMs / 1_000).toFixed(1)} s` : ""}`);
  const fromMs = Date.now();
  const happened = await injectors[kind](fault, world, signal);
  if (happened !== false) world.notes.happened(kind, happened === true ? fromMs : happened.beganAtMs);
}
