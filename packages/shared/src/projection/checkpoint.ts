import type { PoolClient, Queries } from "../postgres/create-pool.ts";
import type { PositionedEvent } from "./project-batch.ts";
import type { LogPosition } from "./views.ts";

export const checkpointName = "projector";

/** How far the log has been applied, and to which log that belongs. */
export interface Checkpoint extends LogPosition {
  /** When the stream was created, as the broker writes it. */
  readonly streamCreated: string;
  /** The event that was applied last; null before the first of an epoch. */
  readonly eventId: string | null;
  /** A Postgres that was restored from an older backup has caught up when it has applied this; else null. */
  readonly restoredUntil: number | null;
}

const readSql = `
  select epoch, seq::float8 as seq, stream_created as "streamCreated", event_id as "eventId",
    restored_until::float8 as "restoredUntil"
  from checkpoints where name = $1`;

/** Null when nothing was ever applied. */
export async function readCheckpoint(database: Queries): Promise<Checkpoint | null> {
  const { rows } = await database.query<Checkpoint>(readSql, [checkpointName]);
  return rows[0] ?? null;
}

/** Another projector moved the checkpoint in between; read it again. */
export class CheckpointMovedError extends Error {
  readonly code = "checkpoint_moved";
  constructor() {
    super("Another projector has moved the checkpoint");
    this.name = "CheckpointMovedError";
  }
}

/** From where it is expected to be ($2, $3) to an event ($4, $5). */
export const moveSql = `
  update checkpoints set seq = $4, event_id = $5, updated_at = now()
  where name = $1 and epoch = $2 and seq = $3`;

/**
 * Moves the checkpoint by compare-and-set. Comes first in a transaction: whoever else wants to move it waits.
 *
 * @throws {CheckpointMovedError}
 */
export async function moveCheckpoint(
  client: PoolClient,
  from: LogPosition,
  to: PositionedEvent,
): Promise<Pick<Checkpoint, "restoredUntil">> {
  const { rows } = await client.query<Pick<Checkpoint, "restoredUntil">>({
    name: "move-checkpoint",
    text: `${moveSql} returning restored_until::float8 as "restoredUntil"`,
    values: [checkpointName, from.epoch, from.seq, to.position.seq, to.event.id],
  });
  if (rows[0] === undefined) throw new CheckpointMovedError();
  return rows[0];
}
