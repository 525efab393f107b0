import {
  type ChunkProgress,
  noProgress,
  settleChunk,
  settleLetters,
} from "@millrace/shared/events/chunk-progress";
import { factSchema } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import { fetchItemSchema } from "@millrace/shared/events/work-item";
import { defaultAttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import type { Outcome } from "@millrace/shared/runtime/outcome";
import { givenActive, givenCourse, givenShare, moment } from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import type { FetchResult } from "./decide-chunk.ts";
import { decideRedrive, whyRedriveIsVoid } from "./decide-redrive.ts";
import {
  appended,
  enqueued,
  factsOf,
  givenRedrive,
  givenReport,
  givenSituation,
  letter,
  open,
} from "./testing/given.ts";

/** A sync with the dead letters 0 to 9. */
const progress = settleChunk(
  noProgress,
  3,
  givenShare(20, { stored: 10, deadLettered: 10 }),
) as ChunkProgress;
const situation = (after: ChunkProgress = progress) =>
  givenSituation({ checkpoint: { progress: after, seq: 41 } });
const settled = (...ordinals: number[]): ChunkProgress =>
  settleLetters(
    progress,
    ordinals.map((ordinal) => ({ ordinal, outcome: "stored" as const })),
  )?.progress ?? progress;

function decide(result: FetchResult, at = situation(), work = givenRedrive()): Outcome {
  const outcome = decideRedrive(work, result, at, defaultAttemptPolicy, moment);
  for (const fact of factsOf(outcome)) expect(factSchema.safeParse(fact).error).toBeUndefined();
  for (const { item } of enqueued(outcome)) expect(fetchItemSchema.safeParse(item).error).toBeUndefined();
  return outcome;
}

describe("dead letters that were put back", () => {
  it("and have their mail now are settled: the ledger moves with them, if nothing else was settled meanwhile", () => {
    const outcome = decide(givenReport({ a: "stored", b: "gone", c: "unchanged" }));
    expect(enqueued(outcome)).toEqual([]);
    expect(appended(outcome)).toMatchObject([
      {
        expectedSeq: 41,
        fact: {
          type: "dead_letters.settled",
          chunkIndex: 3,
          letters: [
            { ordinal: 5, outcome: "stored" },
            { ordinal: 6, outcome: "gone" },
            { ordinal: 7, outcome: "unchanged" },
          ],
          progress: {
            revision: 2,
            lettersSettled: [[5, 7]],
            ledger: { listed: 20, stored: 11, gone: 1, unchanged: 1, deadLettered: 7 },
          },
        },
      },
    ]);
    const [fact] = factsOf(outcome);
    expect(fact?.type === "dead_letters.settled" && isBalanced(fact.progress.ledger)).toBe(true);
  });

  it("in one moment with others of their sync are settled by an event of their own: it is no duplicate of the other", () => {
    const eventsOf = (ordinal: number) => {
      const work = givenRedrive({ messageIds: ["a"], ordinals: [ordinal] });
      return appended(decide(givenReport({ a: "stored" }), situation(), work)).map(({ eventId }) => eventId);
    };
    expect(eventsOf(5)).toHaveLength(1);
    expect(eventsOf(5)).not.toEqual(eventsOf(6));
  });

  it("and were refused again are dead letters as before, with the new reason", () => {
    expect(factsOf(decide(givenReport({ a: "stored", b: letter("crash_loop"), c: letter() })))).toMatchObject(
      [
        { type: "dead_letters.settled", letters: [{ ordinal: 5 }] },
        {
          type: "dead_letters.refused",
          attempt: 1,
          letters: [
            { ordinal: 6, messageId: "b", category: "crash_loop" },
            { ordinal: 7, messageId: "c", category: "bad_item" },
          ],
        },
      ],
    );
  });

  it("of which some are open: those go back to the queue, due later, and no others", () => {
    const outcome = decide(givenReport({ a: "stored", b: open("transient"), c: letter() }));
    expect(factsOf(outcome)).toMatchObject([
      { type: "dead_letters.settled", letters: [{ ordinal: 5 }] },
      { type: "dead_letters.refused", letters: [{ ordinal: 7 }] },
      { type: "chunk.attempt_failed", isRedrive: true, settled: 2, open: 1, next: "retry" },
    ]);
    expect(enqueued(outcome)).toMatchObject([
      {
        lane: "bulk",
        item: { kind: "redrive", messageIds: ["b"], ordinals: [6], history: { failed: 1, streak: 1 } },
      },
    ]);
    expect(enqueued(outcome)[0]?.dueAtMs).toBeGreaterThan(moment.nowMs);
  });

  it("are watched in their next attempt when workers have died of them", () => {
    const report = givenReport({ a: open("transient"), b: "gone", c: "gone" }, { isSuspect: true });
    expect(enqueued(decide(report))[0]?.item).toMatchObject({ isSuspect: true });
  });

  it("whose budget is spent are refused with what was seen last", () => {
    const work = givenRedrive({ history: { failed: 7, streak: 7, poison: 7 } });
    const outcome = decide(givenReport({ a: "gone", b: open("unknown"), c: "gone" }), situation(), work);
    expect(factsOf(outcome)).toMatchObject([
      { type: "dead_letters.settled" },
      { type: "dead_letters.refused", attempt: 8, letters: [{ ordinal: 6, category: "unknown" }] },
      { type: "chunk.attempt_failed", next: "set_aside", nextAt: null },
    ]);
    expect(enqueued(outcome)).toEqual([]);
  });

  it("of a mailbox that refuses us say so and wait for nothing: their sync may be over", () => {
    const outcome = decide(givenReport({ a: open("consent_lost"), b: "gone", c: "gone" }));
    expect(factsOf(outcome)).toMatchObject([
      { type: "dead_letters.settled" },
      { type: "dead_letters.refused", letters: [{ category: "consent_lost" }] },
      { type: "chunk.attempt_failed", next: "set_aside", category: "consent_lost" },
    ]);
    expect(enqueued(outcome)).toEqual([]);
  });

  it("are tried whether their sync runs, is paused or has ended", () => {
    const courses = [
      givenCourse(),
      givenCourse({ active: givenActive("s1", { run: 4 }), held: [{ syncId: "s1", since: "" }] }),
    ];
    for (const course of courses) {
      const outcome = decide(givenReport({ a: "stored", b: "stored", c: "stored" }), {
        ...situation(),
        at: { course, seq: 1 },
      });
      expect(factsOf(outcome)).toMatchObject([{ type: "dead_letters.settled" }]);
    }
  });
});

describe("dead letters that are settled already", () => {
  it("are not fetched again, as long as all of them are", () => {
    const { item } = givenRedrive();
    expect(whyRedriveIsVoid(item, { progress: settled(5, 6, 7), seq: 1 })).not.toBeNull();
    expect(whyRedriveIsVoid(item, { progress: settled(5, 7), seq: 1 })).toBeNull();
  });

  it("change nothing when they were settled meanwhile", () => {
    const report = givenReport({ a: "stored", b: "stored", c: letter() });
    expect(decide(report, situation(settled(5, 6, 7))).kind).toBe("ignore");
    expect(factsOf(decide(report, situation(settled(5, 7))))).toMatchObject([
      { type: "dead_letters.settled", letters: [{ ordinal: 6 }], progress: { revision: 3 } },
    ]);
  });

  it("are not refused either when somebody discarded them", () => {
    const discarded = settleLetters(progress, [{ ordinal: 7, outcome: "discarded" }])?.progress;
    const outcome = decide(givenReport({ a: "stored", b: "stored", c: letter() }), situation(discarded));
    expect(factsOf(outcome).map(({ type }) => type)).toEqual(["dead_letters.settled"]);
  });

  it("are not put back when somebody discarded them", () => {
    const discarded = settleLetters(progress, [{ ordinal: 7, outcome: "discarded" }])?.progress;
    const report = givenReport({ a: open("transient"), b: "stored", c: open("transient") });
    const [again] = enqueued(decide(report, situation(discarded)));
    expect(again?.item).toMatchObject({ ordinals: [5], messageIds: ["a"] });
  });
});

describe("dead letters of an account that is not in the database any more", () => {
  it("are forgotten", () => {
    expect(decide({ kind: "account_removed" }).kind).toBe("ignore");
  });
});

it("dead letters of an account that is being removed are left alone", () => {
  const removal = { requestedAt: "2026-01-01T00:00:00.000Z", requestId: "req-1" };
  const leaving = { ...situation(), at: { course: givenCourse({ removal }), seq: 12 } };
  expect(decide(givenReport({ a: "stored", b: letter(), c: open("transient") }), leaving).kind).toBe(
    "ignore",
  );
});
