import { type ChunkProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { isBalanced } from "@millrace/shared/events/ledger";
import type { AccountRef } from "@millrace/shared/events/subjects";
import type { Lane, WorkItem } from "@millrace/shared/events/work-item";
import { outcomeOfFault } from "@millrace/shared/providers/outcome-of-fault";
import { done, ignore, type Outcome } from "@millrace/shared/runtime/outcome";
import type { Moment } from "@millrace/shared/runtime/step";
import { type FetchReport, governingFault, shareOf } from "./fetch-report.ts";

export interface ClaimedChunk {
  readonly ref: AccountRef;
  readonly lane: Lane;
  readonly item: WorkItem;
  /** 1 for the first delivery. */
  readonly attempt: number;
}

/** The sync's checkpoint, read after the chunk's messages were stored. */
export interface Checkpoint {
  readonly progress: ChunkProgress;
  /** Sequence of the fact that carries it; 0 when no chunk is settled yet. */
  readonly seq: number;
}

/**
 * Settles a chunk, or says when to try again.
 *
 * Consumes a chunk of `WORK`; emits `chunk.fetched` with the chunk's share of the ledger and the checkpoint
 * after it, expecting that no other chunk was settled in between. A redelivery finds the chunk settled.
 *
 * @param report null: the sync is over, or the chunk was settled before anything was fetched
 */
export function decideChunk(
  { ref, lane, item, attempt }: ClaimedChunk,
  report: FetchReport | null,
  { progress, seq }: Checkpoint,
  moment: Moment,
): Outcome {
  if (report === null) return ignore("settled before, or the sync is over");
  const fault = governingFault(report.open);
  // A delivery that got further starts the backoff over: only one that achieved nothing has to wait longer.
  if (fault !== null) return outcomeOfFault(fault, report.stored > report.storedBefore ? 1 : attempt, moment);
  const share = shareOf(report, item.messageIds.length);
  if (!isBalanced(share)) {
    throw new Error(`Chunk ${item.chunkIndex} of ${item.syncId} does not balance: ${JSON.stringify(share)}`);
  }
  const after = settleChunk(progress, item.chunkIndex, share);
  if (after === null) return ignore("settled by another delivery");
  return done({
    kind: "append",
    ref,
    eventId: `${item.syncId}.chunk.${item.chunkIndex}.fetched`,
    expectedSeq: seq,
    fact: {
      type: "chunk.fetched",
      syncId: item.syncId,
      chunkIndex: item.chunkIndex,
      pageNumber: item.pageNumber,
      lane,
      ledger: share,
      attempt,
      progress: after,
    },
  });
}
