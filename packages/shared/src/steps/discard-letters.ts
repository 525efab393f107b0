import { settleLetters } from "../events/chunk-progress.ts";
import type { AccountRef } from "../events/subjects.ts";
import type { AppendEffect } from "../runtime/outcome.ts";
import type { ProgressAt } from "../state/sync-state.ts";

/** Dead letters of one chunk that nobody wants any more. */
export interface DiscardedLetters {
  readonly syncId: string;
  readonly chunkIndex: number;
  /** At most 500, which is what a fact takes. */
  readonly ordinals: readonly number[];
}

/**
 * What says that they are discarded: they stay in the ledger as dead-lettered, and nobody looks at them any more.
 *
 * @param at the sync's checkpoint (`letterProgress`), which must still be the last one when it is appended
 * @returns null when each of them is settled already
 */
export function discardLetters(
  ref: AccountRef,
  { syncId, chunkIndex, ordinals }: DiscardedLetters,
  { progress, seq }: ProgressAt,
): AppendEffect | null {
  const letters = ordinals.map((ordinal) => ({ ordinal, outcome: "discarded" as const }));
  const after = settleLetters(progress, letters);
  if (after === null) return null;
  const named = after.settled.map(({ ordinal }) => ordinal);
  return {
    kind: "append",
    ref,
    eventId: `${syncId}.discarded.${named.length === 1 ? named[0] : `${named[0]}-${named.at(-1)}.${named.length}`}`,
    expectedSeq: seq,
    fact: {
      type: "dead_letters.settled",
      syncId,
      chunkIndex,
      letters: after.settled,
      mail: { added: [], changed: [], deleted: [] },
      progress: after.progress,
    },
  };
}
