import type { SweepingPool } from "../postgres/create-pool.ts";
import { isDataError } from "../postgres/is-data-error.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { applyBatch, skipEvent } from "./apply-batch.ts";
import type { PositionedEvent } from "./project-batch.ts";
import type { LogPosition } from "./views.ts";

/**
 * Applies a batch. When the database refuses the data of it, the batch is halved until the one event that it
 * refuses stands alone; that one is passed over, loudly, and the others are applied.
 *
 * @returns the checkpoint after it
 */
export async function applyIsolating(
  pool: SweepingPool,
  log: Logger,
  checkpoint: LogPosition,
  events: readonly PositionedEvent[],
): Promise<LogPosition> {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return checkpoint;
  try {
    const { repeated } = await applyBatch(pool, checkpoint, events);
    if (repeated > 0) log.info({ repeated, ...last.position }, "events of an earlier epoch are told again");
    return last.position;
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (events.length === 1) {
      log.error({ err: error, seq: first.position.seq, eventId: first.event.id }, "an event is passed over");
      await skipEvent(pool, checkpoint, first, String(error));
      return first.position;
    }
  }
  const middle = Math.ceil(events.length / 2);
  const between = await applyIsolating(pool, log, checkpoint, events.slice(0, middle));
  return applyIsolating(pool, log, between, events.slice(middle));
}
