import type { HighWaterMark } from "../nats/high-water-mark.ts";
import type { StreamState } from "../nats/read-log.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { isAfter, type LogPosition } from "./views.ts";

/** What is known when the projection begins. */
export interface CheckpointSituation {
  /** Null when nothing was ever applied. */
  readonly checkpoint: Checkpoint | null;
  readonly stream: StreamState;
  /** The event that the log holds at the checkpoint's sequence: "" for what is no event, null when there is nothing. */
  readonly eventIdThere: string | null;
  /** The newest checkpoint that anybody remembers outside of Postgres. */
  readonly mark: HighWaterMark | null;
}

export interface CheckpointDecision {
  /** Where to go on. */
  readonly position: LogPosition;
  /** Why a new epoch begins; null when the log is the one that was read before. */
  readonly newEpoch: string | null;
  /** Events that the log no longer has, and that were never applied. */
  readonly missedEvents: number;
  /** Postgres is older than what was applied. */
  readonly isRestored: boolean;
  /** Whose mail may be missing. until: of accounts that events up to here tell of; null: nobody's. */
  readonly repair: { readonly kind: "all" } | { readonly kind: "until"; readonly seq: number } | null;
}

/**
 * Whether a checkpoint still belongs to the log, and to this Postgres. A stream that was created anew, that ends
 * before the checkpoint, or that holds another event there is another log: the broker was wiped, or restored from
 * an older copy. A mark ahead of the checkpoint tells that Postgres was.
 */
export function decideCheckpoint(situation: CheckpointSituation): CheckpointDecision {
  const { checkpoint, stream, mark } = situation;
  const isRestored = isBehind(checkpoint, mark, stream);
  const newEpoch = whyAnotherLog(situation);
  if (checkpoint === null || newEpoch !== null) {
    const epoch = Math.max(checkpoint?.epoch ?? 0, mark?.epoch ?? 0) + 1;
    const isCatchingUp = checkpoint !== null && checkpoint.restoredUntil !== null;
    return {
      position: { epoch, seq: 0 },
      newEpoch: newEpoch ?? "nothing was read before",
      missedEvents: 0,
      isRestored,
      repair: isRestored || isCatchingUp ? { kind: "all" } : null,
    };
  }
  const missedEvents = Math.max(0, stream.firstSeq - checkpoint.seq - 1);
  return {
    position: { epoch: checkpoint.epoch, seq: checkpoint.seq },
    newEpoch: null,
    missedEvents,
    isRestored,
    repair: repairOfKnownLog(checkpoint, stream, isRestored ? mark : null, missedEvents),
  };
}

/** @param mark where Postgres was before it was restored; null when it was not */
function repairOfKnownLog(
  { restoredUntil }: Checkpoint,
  { lastSeq }: StreamState,
  mark: HighWaterMark | null,
  missedEvents: number,
): CheckpointDecision["repair"] {
  // Also behind the mark: events may have been appended that nobody had applied yet.
  const until = mark !== null && mark.seq > (restoredUntil ?? 0) ? lastSeq : restoredUntil;
  if (until === null) return null;
  return missedEvents > 0 ? { kind: "all" } : { kind: "until", seq: until };
}

function isBehind(checkpoint: Checkpoint | null, mark: HighWaterMark | null, stream: StreamState): boolean {
  if (mark === null || mark.streamCreated !== stream.created) return false;
  return isAfter(mark, checkpoint ?? { epoch: 0, seq: 0 });
}

function whyAnotherLog({ checkpoint, stream, eventIdThere, mark }: CheckpointSituation): string | null {
  if (checkpoint === null) return null;
  const { seq, epoch, eventId } = checkpoint;
  if (checkpoint.streamCreated !== stream.created) return `the log was created anew at ${stream.created}`;
  if (seq > stream.lastSeq) return `the log ends at ${stream.lastSeq}, before the checkpoint ${seq}`;
  if (mark !== null && mark.epoch > epoch)
    return `epoch ${mark.epoch} had begun, and Postgres knows ${epoch} only`;
  // What the log has forgotten, by age or together with a removed account, cannot be compared.
  if (eventId === null || seq < stream.firstSeq || eventIdThere === eventId || eventIdThere === null)
    return null;
  return `the log holds another event at the checkpoint ${seq}`;
}
