import { z } from "zod";
import { type IndexRanges, indexRangesSchema, insertIndex, isInRanges } from "./index-ranges.ts";
import { addLedgers, emptyLedger, type Ledger, ledgerSchema } from "./ledger.ts";

const count = z.int().nonnegative();

/**
 * The ids of open letters that a checkpoint carries may have so many characters together (rule I10). What comes beyond that is
 * not recognised when the provider lists it again, and is set aside a second time.
 */
const openLetterCharsMax = 8_192;

export interface OpenLetter {
  readonly ordinal: number;
  readonly messageId: string;
}

/**
 * The checkpoint of a sync, carried by each fact that settles a chunk or a dead letter. Such facts are appended
 * with the expectation that the one before is still the last, so the newest one on the subject is the whole
 * truth: nobody has to fold a history or trust a lagging view to know what is done.
 *
 * Chunks are released in order and at most a window of them is outstanding, so `settled` never has more ranges
 * than the window has chunks, plus one. Each dead letter has an ordinal within its sync.
 */
export const chunkProgressSchema = z.object({
  revision: count.describe("Counts the facts that carried a checkpoint of this sync"),
  settled: indexRangesSchema,
  settledCount: count,
  ledger: ledgerSchema,
  letterCount: count.describe("Dead letters so far; the next one gets this ordinal"),
  lettersSettled: indexRangesSchema.describe("Ordinals that were redriven with success, or discarded"),
  openLetters: z
    .array(z.object({ ordinal: count, messageId: z.string().min(1).max(1024) }))
    .max(openLetterCharsMax)
    .optional()
    .describe(
      "Messages whose letter is open, as many as there is room for: a message that is listed again while its letter waits is " +
        "unchanged, and not another letter. Absent: there are none",
    ),
});
export type ChunkProgress = z.infer<typeof chunkProgressSchema>;

export const noProgress: ChunkProgress = Object.freeze({
  revision: 0,
  settled: [],
  settledCount: 0,
  ledger: emptyLedger,
  letterCount: 0,
  lettersSettled: [],
});

export function isSettled(progress: ChunkProgress, chunkIndex: number): boolean {
  return isInRanges(progress.settled, chunkIndex);
}

/**
 * The checkpoint after one more chunk; null when that chunk was settled before (a redelivery changes nothing).
 *
 * @param letters of the chunk; none where nobody needs to recognise them
 */
export function settleChunk(
  progress: ChunkProgress,
  chunkIndex: number,
  share: Ledger,
  letters: readonly OpenLetter[] = [],
): ChunkProgress | null {
  if (isSettled(progress, chunkIndex)) return null;
  const open = [...(progress.openLetters ?? []), ...letters];
  return {
    ...progress,
    revision: progress.revision + 1,
    settled: insertIndex(progress.settled, chunkIndex),
    settledCount: progress.settledCount + 1,
    ledger: addLedgers(progress.ledger, share),
    letterCount: progress.letterCount + share.deadLettered,
    ...withOpenLetters(open),
  };
}

/** The first ones that there is room for. Where there are none the name is absent, as in checkpoints of earlier releases. */
function withOpenLetters(letters: readonly OpenLetter[]): Pick<ChunkProgress, "openLetters"> {
  const kept: ChunkProgress["openLetters"] = [];
  let chars = 0;
  for (const { ordinal, messageId } of letters) {
    chars += messageId.length;
    if (chars > openLetterCharsMax) break;
    kept.push({ ordinal, messageId });
  }
  return kept.length === 0 ? {} : { openLetters: kept };
}

/** True while a dead letter of this very message waits: to be listed again makes it no other one. */
export const hasOpenLetter = ({ openLetters }: ChunkProgress, messageId: string): boolean =>
  openLetters?.some((letter) => letter.messageId === messageId) ?? false;

/** True while a dead letter waits to be looked at. */
export function isLetterOpen({ letterCount, lettersSettled }: ChunkProgress, ordinal: number): boolean {
  return ordinal < letterCount && !isInRanges(lettersSettled, ordinal);
}

/** What became of a dead letter. `discarded`: it stays counted as dead-lettered, but nobody looks at it any more. */
export const letterOutcomeSchema = z.enum(["stored", "unchanged", "gone", "discarded"]);
export type LetterOutcome = z.infer<typeof letterOutcomeSchema>;

export interface SettledLetter {
  readonly ordinal: number;
  readonly outcome: LetterOutcome;
}

/**
 * The checkpoint after dead letters were settled.
 *
 * @returns it, with those letters that were open; null when none was (a redelivery changes nothing)
 */
export function settleLetters<L extends SettledLetter>(
  progress: ChunkProgress,
  letters: readonly L[],
): { progress: ChunkProgress; settled: L[] } | null {
  const settled: L[] = [];
  let { lettersSettled, ledger } = progress;
  for (const letter of letters) {
    if (letter.ordinal >= progress.letterCount || isInRanges(lettersSettled, letter.ordinal)) continue;
    lettersSettled = insertIndex(lettersSettled, letter.ordinal);
    ledger = moveLetter(ledger, letter.outcome);
    settled.push(letter);
  }
  if (settled.length === 0) return null;
  const { openLetters = [], ...rest } = progress;
  const stillOpen = openLetters.filter(({ ordinal }) => !isInRanges(lettersSettled, ordinal));
  const after = { ...rest, revision: progress.revision + 1, lettersSettled, ledger };
  return { progress: { ...after, ...withOpenLetters(stillOpen) }, settled };
}

function moveLetter(ledger: Ledger, outcome: LetterOutcome): Ledger {
  if (outcome === "discarded") return ledger;
  return { ...ledger, deadLettered: ledger.deadLettered - 1, [outcome]: ledger[outcome] + 1 };
}

/** How many chunks may have been released: the window slides by one with each settled chunk. */
export function releasedCount(progress: ChunkProgress, windowChunks: number): number {
  return progress.settledCount + windowChunks;
}

/** Indexes below `released` that are not settled: what must be queued or claimed right now. */
export function outstandingChunks(progress: ChunkProgress, released: number): number[] {
  const outstanding: number[] = [];
  let next = 0;
  const ranges: IndexRanges = [...progress.settled, [released, released]];
  for (const [first, last] of ranges) {
    for (; next < Math.min(first, released); next++) outstanding.push(next);
    next = Math.max(next, last + 1);
  }
  return outstanding;
}
