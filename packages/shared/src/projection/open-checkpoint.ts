import type { Nats } from "../nats/connect-nats.ts";
import { type HighWaterMark, readHighWaterMark } from "../nats/high-water-mark.ts";
import { readEventId, readStreamState, type StreamState } from "../nats/read-log.ts";
import type { PoolClient, SweepingPool } from "../postgres/create-pool.ts";
import { inTransaction } from "../postgres/in-transaction.ts";
import type { Logger } from "../runtime/create-logger.ts";
import { type Checkpoint, CheckpointMovedError, checkpointName, readCheckpoint } from "./checkpoint.ts";
import { type CheckpointDecision, decideCheckpoint } from "./decide-checkpoint.ts";
import { noteRepairOfAll } from "./note-repairs.ts";
import type { LogPosition } from "./views.ts";

export interface OpenedCheckpoint {
  /** Where to go on reading. */
  readonly position: LogPosition;
  /** The log that the position belongs to. */
  readonly streamCreated: string;
  /** Postgres is older than what was applied to it. Said until it has caught up. */
  readonly isRestored: boolean;
}

/**
 * Where to go on reading; begins a new epoch when the log is not the one that was read before, and notices when
 * Postgres is older than what was applied. Deciding it again, after a crash, gives the same.
 *
 * @throws {CheckpointMovedError}
 */
export async function openCheckpoint(nats: Nats, pool: SweepingPool, log: Logger): Promise<OpenedCheckpoint> {
  // Before the log: another copy may move it meanwhile, and a log that seems to end before it would be another one.
  const checkpoint = await readCheckpoint(pool.ofNobody());
  const stream = await readStreamState(nats);
  const eventIdThere =
    checkpoint === null || checkpoint.seq === 0 ? null : await readEventId(nats, checkpoint.seq);
  const mark = await readHighWaterMark(nats);
  const decision = decideCheckpoint({ checkpoint, stream, eventIdThere, mark });
  await inTransaction(pool.ofAll(), (client) => record(client, decision, checkpoint, stream));
  tell(log, decision, checkpoint, mark);
  return {
    position: decision.position,
    streamCreated: stream.created,
    isRestored: decision.isRestored,
  };
}

const beginSql = `
  insert into checkpoints (name, epoch, stream_created, seq) values ($1, $2, $3, 0)
  on conflict (name) do update set epoch = excluded.epoch, stream_created = excluded.stream_created, seq = 0,
    event_id = null, restored_until = null, restored_at = null, updated_at = now()
    where checkpoints.epoch = $4 and checkpoints.seq = $5`;

const restoreSql = `
  update checkpoints set restored_until = $4, updated_at = now(),
    restored_at = case when restored_until is distinct from $4 then now() else restored_at end
  where name = $1 and epoch = $2 and seq = $3`;

async function record(
  client: PoolClient,
  { position: { epoch, seq }, newEpoch, repair }: CheckpointDecision,
  checkpoint: Checkpoint | null,
  stream: StreamState,
): Promise<void> {
  if (newEpoch === null && repair === null) return;
  const until = repair?.kind === "until" ? repair.seq : null;
  const { rowCount } =
    newEpoch === null
      ? await client.query(restoreSql, [checkpointName, epoch, seq, until])
      : await client.query(beginSql, [
          checkpointName,
          epoch,
          stream.created,
          checkpoint?.epoch ?? null,
          checkpoint?.seq ?? null,
        ]);
  if (rowCount !== 1) throw new CheckpointMovedError();
  if (repair?.kind === "all") await noteRepairOfAll(client);
}

function tell(
  log: Logger,
  { position, newEpoch, missedEvents, isRestored, repair }: CheckpointDecision,
  checkpoint: Checkpoint | null,
  mark: HighWaterMark | null,
): void {
  const { epoch } = position;
  if (isRestored) {
    log.error(
      { event: "postgres.restored", checkpoint, mark, repair },
      "Postgres is older than what was applied to it: the views catch up from the log, and mail that may be " +
        "missing is synced again",
    );
  }
  if (newEpoch !== null && epoch > 1) {
    log.error(
      { event: "projector.new_epoch", epoch, why: newEpoch },
      "the log is not the one that was read before: a new epoch begins",
    );
  }
  if (newEpoch !== null && epoch === 1)
    log.info({ event: "projector.new_epoch", epoch }, "the first epoch begins");
  if (missedEvents > 0) {
    log.error(
      { event: "projector.events_missed", afterSeq: position.seq, missedEvents },
      "the log has forgotten events that were never applied",
    );
  }
}
