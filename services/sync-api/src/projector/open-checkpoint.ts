import type { StreamState } from "@millrace/shared/nats/read-log";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { checkpointName } from "./apply-batch.ts";
import type { LogPosition } from "./views.ts";

export interface Checkpoint extends LogPosition {
  /** When the stream was created that it belongs to, as the broker writes it. */
  readonly streamCreated: string;
}

export type CheckpointDecision =
  | { readonly kind: "continue"; readonly position: LogPosition }
  | { readonly kind: "new_epoch"; readonly epoch: number; readonly why: string };

/**
 * Whether a checkpoint still belongs to the log. A stream that was created anew, or that ends before the
 * checkpoint, is another log: the broker was wiped, or restored from an older copy.
 */
export function decideCheckpoint(checkpoint: Checkpoint | null, stream: StreamState): CheckpointDecision {
  if (checkpoint === null) return { kind: "new_epoch", epoch: 1, why: "nothing was read before" };
  if (checkpoint.streamCreated !== stream.created) {
    return {
      kind: "new_epoch",
      epoch: checkpoint.epoch + 1,
      why: `the log was created anew at ${stream.created}`,
    };
  }
  if (checkpoint.seq > stream.lastSeq) {
    return {
      kind: "new_epoch",
      epoch: checkpoint.epoch + 1,
      why: `the log ends at ${stream.lastSeq}, before the checkpoint ${checkpoint.seq}`,
    };
  }
  return { kind: "continue", position: { epoch: checkpoint.epoch, seq: checkpoint.seq } };
}

const readSql = `
  select epoch, seq::float8 as seq, stream_created as "streamCreated" from checkpoints where name = $1`;
const writeSql = `
  insert into checkpoints (name, epoch, stream_created, seq) values ($1, $2, $3, 0)
  on conflict (name) do update set epoch = excluded.epoch, stream_created = excluded.stream_created, seq = 0,
    updated_at = now()
    where checkpoints.epoch < excluded.epoch`;

/** Where to go on reading; begins a new epoch when the log is not the one that was read before. */
export async function openCheckpoint(pool: Pool, stream: StreamState, log: Logger): Promise<LogPosition> {
  const { rows } = await pool.query<Checkpoint>(readSql, [checkpointName]);
  const decision = decideCheckpoint(rows[0] ?? null, stream);
  if (decision.kind === "continue") return decision.position;
  const line = { event: "projector.new_epoch", epoch: decision.epoch, why: decision.why };
  if (decision.epoch > 1) log.error(line, "the log is not the one that was read before: a new epoch begins");
  else log.info(line, "the first epoch begins");
  await pool.query(writeSql, [checkpointName, decision.epoch, stream.created]);
  return { epoch: decision.epoch, seq: 0 };
}
