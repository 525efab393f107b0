import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChunkProgress,
  chunkProgressSchema,
  hasOpenLetter,
  isLetterOpen,
  isSettled,
  type LetterOutcome,
  noProgress,
  outstandingChunks,
  releasedCount,
  type SettledLetter,
  settleChunk,
  settleLetters,
} from "./chunk-progress.ts";
import { emptyLedger, isBalanced } from "./ledger.ts";

const share = { ...emptyLedger, listed: 3, stored: 2, gone: 1 };

function settleAll(order: readonly number[]): ChunkProgress {
  return order.reduce((progress, index) => settleChunk(progress, index, share) ?? progress, noProgress);
}

describe("the checkpoint of a sync", () => {
  it("counts a chunk once, however often and in whatever order it is settled", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 120 }), (order) => {
        const distinct = new Set(order);
        const progress = settleAll(order);
        expect(progress.settledCount).toBe(distinct.size);
        expect(progress.ledger.listed).toBe(3 * distinct.size);
        expect(isBalanced(progress.ledger)).toBe(true);
        for (let index = 0; index <= 41; index++)
          expect(isSettled(progress, index)).toBe(distinct.has(index));
      }),
    );
  });

  it("keeps ranges sorted, apart from each other and as few as possible", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60)), (order) => {
        const { settled } = settleAll(order);
        settled.forEach(([first, last], i) => {
          expect(first).toBeLessThanOrEqual(last);
          const next = settled[i + 1];
          if (next !== undefined) expect(next[0]).toBeGreaterThan(last + 1);
        });
      }),
    );
  });

  it("calls outstanding exactly what is released and not settled", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30)), fc.integer({ min: 0, max: 40 }), (order, released) => {
        const expected = Array.from({ length: released }, (_, i) => i).filter((i) => !order.includes(i));
        expect(outstandingChunks(settleAll(order), released)).toEqual(expected);
      }),
    );
  });

  it("says that a chunk was settled before instead of counting it twice", () => {
    const once = settleChunk(noProgress, 7, share);
    expect(once).not.toBeNull();
    expect(settleChunk(once as ChunkProgress, 7, share)).toBeNull();
  });

  it("needs no more ranges than the window allows, plus one", () => {
    // Chunks are released in order; any of the window may be the one that settles next.
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(7), { maxLength: 200 }),
        (windowChunks, picks) => {
          let progress = noProgress;
          for (const pick of picks) {
            const open = outstandingChunks(progress, releasedCount(progress, windowChunks));
            expect(open.length).toBe(windowChunks);
            progress = settleChunk(progress, open[pick % open.length] as number, share) as ChunkProgress;
            expect(progress.settled.length).toBeLessThanOrEqual(windowChunks + 1);
          }
        },
      ),
    );
  });
});

describe("the dead letters of a sync", () => {
  const withLetters = (letters: number): ChunkProgress =>
    settleChunk(noProgress, 0, { ...emptyLedger, listed: letters, deadLettered: letters }) as ChunkProgress;
  const outcomes: readonly LetterOutcome[] = ["stored", "unchanged", "gone", "discarded"];
  const letter = fc.record({ ordinal: fc.nat(25), outcome: fc.constantFrom(...outcomes) });
  const settleInTurn = (progress: ChunkProgress, letters: readonly SettledLetter[]) =>
    letters.reduce((before, one) => settleLetters(before, [one])?.progress ?? before, progress);

  it("are known by their messages while they are open, as many as there is room for", () => {
    const aside = { ...emptyLedger, listed: 2, deadLettered: 2 };
    const letters = ["a", "b"].map((messageId, ordinal) => ({ ordinal, messageId }));
    const two = settleChunk(noProgress, 0, aside, letters) as ChunkProgress;
    expect(["a", "b", "c"].map((id) => hasOpenLetter(two, id))).toEqual([true, true, false]);
    const one = settleLetters(two, [{ ordinal: 0, outcome: "stored" }])?.progress as ChunkProgress;
    expect(["a", "b"].map((id) => hasOpenLetter(one, id))).toEqual([false, true]);
    const none = settleLetters(one, [{ ordinal: 1, outcome: "discarded" }])?.progress as ChunkProgress;
    expect("openLetters" in none).toBe(false);
    const long = Array.from({ length: 20 }, (_, ordinal) => ({
      ordinal,
      messageId: `${ordinal}`.padEnd(1_000),
    }));
    const many = settleChunk(
      noProgress,
      0,
      { ...aside, listed: 20, deadLettered: 20 },
      long,
    ) as ChunkProgress;
    expect([many.openLetters?.length, many.letterCount]).toEqual([8, 20]);
    expect(chunkProgressSchema.parse(many)).toEqual(many);
  });

  it("are counted on, chunk by chunk", () => {
    const two = settleChunk(withLetters(3), 1, { ...share, listed: 5, deadLettered: 2 }) as ChunkProgress;
    expect(two.letterCount).toBe(5);
    expect([isLetterOpen(two, 4), isLetterOpen(two, 5)]).toEqual([true, false]);
  });

  it("are settled once each: the first outcome stays, and the ledger always balances", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(letter, { maxLength: 60 }), (count, letters) => {
        const progress = settleInTurn(withLetters(count), letters);
        const first = new Map(
          [...letters].reverse().map(({ ordinal, outcome }) => [ordinal, outcome] as const),
        );
        const known = [...first].filter(([ordinal]) => ordinal < count);
        const countOf = (outcome: LetterOutcome) => known.filter(([, one]) => one === outcome).length;
        expect(isBalanced(progress.ledger)).toBe(true);
        expect(progress.ledger).toEqual({
          listed: count,
          stored: countOf("stored"),
          unchanged: countOf("unchanged"),
          gone: countOf("gone"),
          deadLettered: count - known.length + countOf("discarded"),
        });
        for (let ordinal = 0; ordinal < 30; ordinal++)
          expect(isLetterOpen(progress, ordinal)).toBe(ordinal < count && !first.has(ordinal));
        expect(chunkProgressSchema.safeParse(progress).success).toBe(true);
      }),
    );
  });

  it("come out the same in any order and in groups of any size", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(letter, { selector: ({ ordinal }) => ordinal, maxLength: 25 }),
        fc.nat(25),
        (letters, cut) => {
          const before = withLetters(20);
          const { revision: _one, ...inTurn } = settleInTurn(before, letters);
          const { revision: _other, ...inGroups } = [letters.slice(cut), letters.slice(0, cut)].reduce(
            (progress, group) => settleLetters(progress, group)?.progress ?? progress,
            before,
          );
          expect(inGroups).toEqual(inTurn);
        },
      ),
    );
  });

  it("that are settled already or unknown change nothing, and are not named as settled", () => {
    const once = settleLetters(withLetters(3), [{ ordinal: 1, outcome: "stored" }]);
    expect(once?.progress.revision).toBe(2);
    const again = [
      { ordinal: 1, outcome: "gone" as const },
      { ordinal: 7, outcome: "stored" as const },
    ];
    expect(settleLetters(once?.progress ?? noProgress, again)).toBeNull();
    const more = settleLetters(once?.progress ?? noProgress, [...again, { ordinal: 2, outcome: "gone" }]);
    expect(more?.settled).toEqual([{ ordinal: 2, outcome: "gone" }]);
    expect(more?.progress.revision).toBe(3);
  });

  it("twice in one group is once", () => {
    const letters = [0, 0, 1].map((ordinal) => ({ ordinal, outcome: "stored" as const }));
    const settled = settleLetters(withLetters(2), letters);
    expect(settled?.settled).toHaveLength(2);
    expect(settled?.progress.ledger).toMatchObject({ stored: 2, deadLettered: 0 });
  });
});

describe("the revision of a checkpoint", () => {
  it("grows by one with each fact that carries one, whatever kind of fact", () => {
    const chunk = settleChunk(noProgress, 3, { ...emptyLedger, listed: 1, deadLettered: 1 }) as ChunkProgress;
    const settled = settleLetters(chunk, [{ ordinal: 0, outcome: "stored" }])?.progress as ChunkProgress;
    expect([chunk.revision, settled.revision, settleChunk(settled, 0, share)?.revision]).toEqual([1, 2, 3]);
  });
});
