import type { AccountCourse } from "@millrace/shared/events/account-course";
import { noProgress, settleChunk, settleLetters } from "@millrace/shared/events/chunk-progress";
import { factSchema } from "@millrace/shared/events/facts";
import { isBalanced } from "@millrace/shared/events/ledger";
import { fetchItemSchema } from "@millrace/shared/events/work-item";
import { defaultAttemptPolicy } from "@millrace/shared/runtime/decide-attempt";
import type { Outcome } from "@millrace/shared/runtime/outcome";
import { enqueueChunk, releasedInTurn } from "@millrace/shared/steps/cut-chunks";
import {
  at,
  givenActive,
  givenCourse,
  givenPage,
  givenProgress,
  givenShare,
  moment,
  ref,
} from "@millrace/shared/testing/given";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideChunk, type FetchResult } from "./decide-chunk.ts";
import type { FetchReport, MessageOutcome } from "./fetch-report.ts";
import {
  appended,
  enqueued,
  factsOf,
  givenChunk,
  givenReport,
  givenSituation,
  letter,
  open,
} from "./testing/given.ts";

const all = givenReport({ a: "stored", b: "unchanged", c: "gone", d: letter() });
const stuck = (...[category, more]: Parameters<typeof open>) =>
  givenReport({ a: "stored", b: "stored", c: "stored", d: open(category, more) }, { storedBefore: 3 });
const spent = { history: { failed: 7, streak: 7, poison: 7 } };

function decide(result: FetchResult, situation = givenSituation(), work = givenChunk()): Outcome {
  const outcome = decideChunk(work, result, situation, defaultAttemptPolicy, moment);
  for (const fact of factsOf(outcome)) expect(factSchema.safeParse(fact).error).toBeUndefined();
  for (const { item } of enqueued(outcome)) expect(fetchItemSchema.safeParse(item).error).toBeUndefined();
  return outcome;
}

describe("a chunk whose turn with the provider's quota comes later", () => {
  const retryAtMs = moment.nowMs + 20_000;
  const ownWait = { retryAtMs, isOwnWait: true };

  it("goes back to the queue a moment before it, without a fact: nobody was asked", () => {
    const work = givenChunk();
    const outcome = decide(stuck("rate_limited", ownWait), givenSituation(), work);
    expect(appended(outcome)).toEqual([]);
    expect(enqueued(outcome)).toMatchObject([
      { lane: "bulk", dueAtMs: retryAtMs - 400, item: { history: work.item.history, hasWaited: true } },
    ]);
  });

  it("whose turn is now comes at once, and not in the past", () => {
    const outcome = decide(stuck("rate_limited", { ...ownWait, retryAtMs: moment.nowMs + 10 }));
    expect(enqueued(outcome)).toMatchObject([{ dueAtMs: moment.nowMs }]);
  });

  it("that meets a throttle of the provider as well waits as for any throttle, with a fact", () => {
    const throttled = givenReport({
      a: open("rate_limited", ownWait),
      b: open("rate_limited", { retryAtMs: retryAtMs + 1 }),
    });
    const outcome = decide(throttled);
    expect(factsOf(outcome)).toMatchObject([{ type: "chunk.attempt_failed", next: "wait" }]);
    expect(enqueued(outcome)[0]?.item).not.toMatchObject({ hasWaited: true });
  });
});

describe("a chunk of which every message is accounted for", () => {
  it("is settled with its share of the ledger and the checkpoint after it, if no other was settled meanwhile", () => {
    const outcome = decide(all);
    expect(enqueued(outcome)).toEqual([]);
    expect(appended(outcome)).toMatchObject([
      {
        expectedSeq: 41,
        eventId: "s1.chunk.3.settled",
        fact: {
          type: "chunk.fetched",
          attempt: 1,
          lane: "bulk",
          ledger: { listed: 4, stored: 1, unchanged: 1, gone: 1, deadLettered: 1 },
          letters: [{ ordinal: 0, messageId: "d", category: "bad_item", message: "it is bad_item" }],
          progress: {
            revision: 1,
            settled: [[3, 3]],
            settledCount: 1,
            ledger: { listed: 4 },
            letterCount: 1,
          },
        },
      },
    ]);
  });

  it("numbers its dead letters on from those of the chunks before", () => {
    const progress = givenProgress(2, givenShare(10, { stored: 5, deadLettered: 5 }));
    const outcome = decide(givenReport({ a: letter(), b: "stored", c: letter(), d: "stored" }), {
      ...givenSituation(),
      checkpoint: { progress, seq: 41 },
    });
    expect(factsOf(outcome)).toMatchObject([
      {
        letters: [
          { ordinal: 10, messageId: "a" },
          { ordinal: 11, messageId: "c" },
        ],
        progress: { letterCount: 12 },
      },
    ]);
  });

  it("says which attempt it was", () => {
    const work = givenChunk({ history: { failed: 4, streak: 2, poison: 0 } });
    expect(factsOf(decide(all, givenSituation(), work))).toMatchObject([{ attempt: 5 }]);
  });

  it("counts ids that the listing repeats", () => {
    const work = givenChunk({ messageIds: ["a", "b", "a", "c", "d"] });
    const [fact] = factsOf(decide(all, givenSituation(), work));
    expect(fact).toMatchObject({ ledger: { listed: 5, stored: 1, unchanged: 2 } });
  });

  it("with a message that is set aside already has no second letter for it, and balances", () => {
    const waiting = settleChunk(noProgress, 2, givenShare(1, { stored: 0, deadLettered: 1 }), [
      { ordinal: 0, messageId: "a" },
    ]);
    const progress = waiting ?? noProgress;
    const report = givenReport({ a: letter(), b: "stored", c: letter(), d: "stored" });
    const outcome = decide(report, { ...givenSituation(), checkpoint: { progress, seq: 41 } });
    const [fact] = factsOf(outcome);
    expect(fact).toMatchObject({
      type: "chunk.fetched",
      ledger: { listed: 4, stored: 2, unchanged: 1, deadLettered: 1 },
      letters: [{ ordinal: 1, messageId: "c" }],
      progress: {
        ledger: { listed: 5, deadLettered: 2 },
        letterCount: 2,
        openLetters: [
          { ordinal: 0, messageId: "a" },
          { ordinal: 1, messageId: "c" },
        ],
      },
    });
  });

  it("whose message has been set aside, and was stored since, sets it aside anew when it is refused again", () => {
    const waiting = settleChunk(noProgress, 2, givenShare(1, { stored: 0, deadLettered: 1 }), [
      { ordinal: 0, messageId: "a" },
    ]);
    const stored = settleLetters(waiting ?? noProgress, [{ ordinal: 0, outcome: "stored" }]);
    const report = givenReport({ a: letter(), b: "stored", c: "stored", d: "stored" });
    const checkpoint = { progress: stored?.progress ?? noProgress, seq: 41 };
    expect(factsOf(decide(report, { ...givenSituation(), checkpoint }))).toMatchObject([
      { ledger: { deadLettered: 1 }, letters: [{ ordinal: 1, messageId: "a" }] },
    ]);
  });

  it("is settled once: another delivery that was faster leaves nothing to do", () => {
    const progress = settleChunk(noProgress, 3, givenShare(4)) ?? noProgress;
    expect(decide(all, { ...givenSituation(), checkpoint: { progress, seq: 41 } }).kind).toBe("ignore");
  });

  it("has one id however it was settled, so that the log takes it once", () => {
    const aside = decide(givenReport({ a: letter(), b: letter(), c: letter(), d: letter() }));
    expect(appended(aside)[0]?.eventId).toBe(appended(decide(all))[0]?.eventId);
  });

  it("that does not add up is an error, not a settled chunk", () => {
    const short = givenReport({ a: "stored", b: "stored" });
    expect(() => decide(short)).toThrow(/does not balance/);
  });

  it("always adds up, whatever became of its messages", () => {
    const outcome: fc.Arbitrary<MessageOutcome> = fc.constantFrom(
      { kind: "stored" } as const,
      { kind: "unchanged" } as const,
      { kind: "gone" } as const,
      letter(),
      open("unknown"),
    );
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 20 }), fc.nat(5), (outcomes, repeated) => {
        const ids = outcomes.map((_, i) => `m${i}`);
        const report = givenReport(Object.fromEntries(outcomes.map((one, i) => [`m${i}`, one])));
        const messageIds = [...ids, ...ids.slice(0, repeated)];
        const [fact] = factsOf(decide(report, givenSituation(), givenChunk({ messageIds, ...spent })));
        if (fact?.type !== "chunk.fetched" && fact?.type !== "chunk.dead_lettered")
          expect(outcomes.some(({ kind }) => kind === "open")).toBe(true); // it got further, and goes on
        else {
          expect(isBalanced(fact.ledger)).toBe(true);
          expect(fact.letters).toHaveLength(fact.ledger.deadLettered);
          expect(fact.progress.letterCount).toBe(fact.ledger.deadLettered);
        }
      }),
    );
  });
});

describe("a settled chunk", () => {
  const window = givenActive("s1").windowChunks;
  const at9 = { course: givenCourse({ active: givenActive("s1") }), seq: 9 };
  const settledOf = (indexes: readonly number[]) =>
    indexes.reduce((progress, i) => settleChunk(progress, i, givenShare(1)) ?? progress, noProgress);
  const page = givenPage(0, 2_000);

  it("puts the chunk that the window reaches then on the queue, and only then says so", () => {
    const outcome = decide(all, givenSituation({ at: at9, pages: [page] }), givenChunk({ chunkIndex: 2 }));
    expect("effects" in outcome && outcome.effects.map(({ kind }) => kind)).toEqual(["enqueue", "append"]);
    expect(enqueued(outcome)).toEqual([
      enqueueChunk({ ref, active: givenActive("s1") }, page, window, releasedInTurn),
    ]);
    expect(factsOf(outcome)).toMatchObject([
      { type: "chunk.fetched", releases: { chunkIndex: window, run: 0 } },
    ]);
  });

  it("leaves to the chunker what is not on a page that was read", () => {
    const beyond = givenPage(0, 100 * window);
    for (const pages of [[], [beyond]]) {
      const outcome = decide(all, givenSituation({ at: at9, pages }), givenChunk({ chunkIndex: 2 }));
      expect(enqueued(outcome)).toEqual([]);
      expect(factsOf(outcome)[0]).not.toHaveProperty("releases");
    }
  });

  it("does not release again what is settled already", () => {
    const checkpoint = { progress: settledOf([window + 1]), seq: 41 };
    const situation = givenSituation({ at: at9, pages: [page], checkpoint });
    expect(enqueued(decide(all, situation, givenChunk({ chunkIndex: 2 })))).toEqual([]);
  });

  it("releases each chunk once, in whatever order its window is settled", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        let progress = noProgress;
        const released: number[] = [];
        for (const chunkIndex of order) {
          const situation = givenSituation({ at: at9, pages: [page], checkpoint: { progress, seq: 41 } });
          for (const { item } of enqueued(decide(all, situation, givenChunk({ chunkIndex }))))
            if (item.kind === "chunk") released.push(item.chunkIndex);
          progress = settleChunk(progress, chunkIndex, givenShare(4)) ?? progress;
        }
        // The i-th settled one releases the i-th after the window, unless that was released and settled before.
        expect(released).toEqual(
          order.map((_, i) => window + i).filter((index, i) => !order.slice(0, i + 1).includes(index)),
        );
      }),
    );
  });
});

describe("a chunk that nobody needs any more", () => {
  it.each<[string, Partial<AccountCourse>]>([
    ["has ended or was cancelled", { active: null }],
    ["made way for another", { active: givenActive("s2") }],
    ["was planned anew", { active: givenActive("s1", { run: 1 }) }],
    ["was paused by a person", { held: [{ syncId: "s1", since: at }] }],
    ["waits for consent", { consentLost: { since: at, message: "" } }],
  ])("is acknowledged when its sync %s, whatever became of its messages", (_, more) => {
    const situation = givenSituation();
    const course = { ...situation.at.course, ...more };
    for (const result of [
      all,
      stuck("transient"),
      stuck("consent_lost"),
      { kind: "account_removed" } as const,
    ])
      expect(decide(result, { ...situation, at: { course, seq: 9 } }).kind).toBe("ignore");
  });

  it("and that was not fetched for that reason, is acknowledged", () => {
    const mail = { added: ["a"], changed: [], deleted: [] };
    expect(decide({ kind: "void", why: "settled before", mail })).toEqual({
      kind: "ignore",
      why: "settled before",
    });
  });

  it("says what was stored of it, whoever did it and when; and nothing when nothing was", () => {
    const mail = { added: ["a"], changed: ["b"], deleted: ["c"] };
    const none = { added: [], changed: [], deleted: [] };
    const situation = givenSituation();
    const left = { type: "chunk.abandoned", syncId: "s1", chunkIndex: 3, mail };
    const factsOf = (result: FetchResult, more: Partial<typeof situation>) =>
      appended(decide(result, { ...situation, ...more })).map(({ fact }) => fact);
    const empty = { kind: "void", why: "", mail: none } as const;
    for (const course of [
      givenCourse(),
      givenCourse({ active: givenActive("s1", { run: 1 }) }),
      { ...situation.at.course, held: [{ syncId: "s1", since: at }] },
    ]) {
      const over = { at: { course, seq: 9 } };
      for (const result of [
        { ...all, mail },
        { ...stuck("transient"), mail },
        { ...empty, mail },
      ])
        expect(factsOf(result, over)).toEqual([left]);
      expect(factsOf(empty, over)).toEqual([]);
    }
    // Of a chunk that is settled only what was stored after that.
    const settled = { checkpoint: { progress: givenProgress(4), seq: 9 } };
    expect(factsOf({ ...all, mail }, settled)).toEqual([left]);
    expect(factsOf({ ...all, mail, storedBefore: 4 }, settled)).toEqual([]);
    expect(factsOf({ ...empty, mail }, settled)).toEqual([]);
  });
});

describe("what is left of a chunk twice", () => {
  it("is told by two events: a chunk that was put back and stored more is no duplicate of itself", () => {
    const course = givenCourse();
    const over = { ...givenSituation(), at: { course, seq: 9 } };
    const eventsOf = (enqueuedAtMs: number, added: string[]) =>
      appended(
        decide({ ...all, mail: { added, changed: [], deleted: [] } }, over, {
          ...givenChunk(),
          enqueuedAtMs,
        }),
      ).map(({ eventId }) => eventId);
    expect(eventsOf(1, ["a"])).toHaveLength(1);
    expect(eventsOf(1, ["a"])).toEqual(eventsOf(1, ["a"]));
    expect(eventsOf(1, ["a"])).not.toEqual(eventsOf(2, ["a", "b"]));
  });
});

describe("a chunk with messages that are open", () => {
  it.each([
    ["rate_limited", "wait", {}],
    ["transient", "retry", { setAsideAt: 38 }],
    ["token_expired", "retry", {}],
    ["unknown", "retry", { setAsideAt: 8 }],
    ["watermark_expired", "retry", { setAsideAt: 8 }],
  ] as const)(
    "because of %s goes back to the queue, due later, and is never settled (%s)",
    (category, next, lastAttempt) => {
      const outcome = decide(stuck(category));
      const [again] = enqueued(outcome);
      expect(factsOf(outcome)).toEqual([
        {
          type: "chunk.attempt_failed",
          syncId: "s1",
          chunkIndex: 3,
          category,
          message: `it is ${category}`,
          attempt: 1,
          next,
          nextAt: new Date(again?.dueAtMs ?? 0).toISOString(),
          ...lastAttempt,
          settled: 3,
          open: 1,
          isRedrive: false,
        },
      ]);
      expect(again?.dueAtMs).toBeGreaterThan(moment.nowMs);
      expect(again).toMatchObject({
        lane: "bulk",
        item: { kind: "chunk", chunkIndex: 3, messageIds: ["a", "b", "c", "d"] },
      });
    },
  );

  it("remembers its attempts, and tells them apart, also from those before it was put back", () => {
    const history = { failed: 3, streak: 2, poison: 1 };
    const outcome = decide(stuck("unknown"), givenSituation(), givenChunk({ history }));
    expect(enqueued(outcome)[0]?.item.history).toEqual({ failed: 4, streak: 3, poison: 2 });
    const works = [givenChunk(), givenChunk({ history }), givenChunk({}, { enqueuedAtMs: 78 })];
    const outcomes = works.map((work) => decide(stuck("transient"), givenSituation(), work));
    expect(new Set(outcomes.map((one) => appended(one)[0]?.eventId)).size).toBe(3);
    expect(new Set(outcomes.map((one) => enqueued(one)[0]?.dedupeId)).size).toBe(3);
  });

  it("waits as long as the most patient of its faults says", () => {
    const retryAtMs = moment.nowMs + 90_000;
    const report = givenReport({
      a: open("rate_limited", { retryAtMs }),
      b: open("rate_limited", { retryAtMs: moment.nowMs }),
      c: open("unknown"),
      d: open("transient"),
    });
    expect(enqueued(decide(report))[0]?.dueAtMs).toBe(retryAtMs + 500);
  });

  it("waits longer with each attempt that achieved nothing, and little after one that got further", () => {
    const work = givenChunk({ history: { failed: 5, streak: 5, poison: 0 } });
    const delayOf = (report: FetchResult) =>
      (enqueued(decide(report, givenSituation(), work))[0]?.dueAtMs ?? 0) - moment.nowMs;
    expect(delayOf(stuck("transient"))).toBe(8_000);
    expect(delayOf({ ...stuck("transient"), storedBefore: 2 })).toBe(250);
  });

  it("is watched in its next attempt when workers have died of it", () => {
    const again = (more: Partial<FetchReport>, work = givenChunk()) =>
      enqueued(decide({ ...stuck("transient"), ...more }, givenSituation(), work))[0]?.item;
    expect(again({ isSuspect: true })).toMatchObject({ isSuspect: true });
    expect(again({})).not.toMatchObject({ isSuspect: true });
    // Its workers live after all.
    expect(again({ isSuspect: false }, givenChunk({ isSuspect: true }))).not.toMatchObject({
      isSuspect: true,
    });
  });

  it("does not spend its budget on waits and outages (rule I6)", () => {
    for (const category of ["rate_limited", "transient", "token_expired"] as const) {
      const outcome = decide(stuck(category), givenSituation(), givenChunk(spent));
      expect(enqueued(outcome)[0]?.item.history.poison).toBe(7);
    }
  });
});

describe("a chunk whose budget is spent", () => {
  const last = (report: FetchResult) => decide(report, givenSituation(), givenChunk(spent));

  it("is settled: what is open becomes dead letters, each with its own words, and the attempt is told", () => {
    const outcome = last({ ...stuck("unknown"), storedBefore: 3 });
    expect(factsOf(outcome)).toMatchObject([
      {
        type: "chunk.fetched",
        ledger: { listed: 4, stored: 3, deadLettered: 1 },
        letters: [{ ordinal: 0, messageId: "d", category: "unknown", message: "it is unknown" }],
      },
      { type: "chunk.attempt_failed", next: "set_aside", nextAt: null, attempt: 8 },
    ]);
    expect(enqueued(outcome)).toEqual([]);
  });

  it("is a dead letter as a whole when nothing of it could be had", () => {
    const none = givenReport({ a: open("unknown"), b: open("unknown"), c: letter(), d: open("unknown") });
    expect(factsOf(last(none))).toMatchObject([
      {
        type: "chunk.dead_lettered",
        category: "unknown",
        message: "it is unknown",
        ledger: { listed: 4, deadLettered: 4 },
        letters: [
          { messageId: "a" },
          { messageId: "b" },
          { messageId: "c", category: "bad_item" },
          { messageId: "d" },
        ],
      },
      { type: "chunk.attempt_failed", next: "set_aside" },
    ]);
  });

  it("goes on all the same when the provider throttles, or when it got further", () => {
    const throttled = givenReport({ a: open("unknown"), b: open("rate_limited"), c: "stored", d: "stored" });
    expect(enqueued(last({ ...throttled, storedBefore: 2 }))).toHaveLength(1);
    expect(enqueued(last({ ...stuck("unknown"), storedBefore: 2 }))).toHaveLength(1);
  });
});

describe("a chunk that keeps killing its worker", () => {
  it("is a dead letter as a whole, without having been asked for", () => {
    const setAsideFor = { category: "crash_loop", message: "The worker died" } as const;
    const outcomes = {
      a: letter("crash_loop"),
      b: letter("crash_loop"),
      c: letter("crash_loop"),
      d: letter("crash_loop"),
    };
    expect(factsOf(decide(givenReport(outcomes, { setAsideFor })))).toMatchObject([
      { type: "chunk.dead_lettered", category: "crash_loop", message: "The worker died" },
    ]);
  });

  it("is not, when some of it was stored before: then its messages are", () => {
    const setAsideFor = { category: "crash_loop", message: "The worker died" } as const;
    const outcomes = {
      a: "stored",
      b: letter("crash_loop"),
      c: letter("crash_loop"),
      d: letter("crash_loop"),
    } as const;
    expect(factsOf(decide(givenReport(outcomes, { setAsideFor })))).toMatchObject([
      { type: "chunk.fetched", ledger: { stored: 1, deadLettered: 3 } },
    ]);
  });
});

describe("a chunk of a mailbox that refuses us", () => {
  it("pauses the account, if nothing else was decided meanwhile, and is not put back: what resumes it plans it anew", () => {
    const outcome = decide(stuck("consent_lost"));
    expect(appended(outcome)).toMatchObject([
      { expectedSeq: 9, fact: { type: "sync.paused", reason: "consent_lost" } },
      { expectedSeq: null, fact: { type: "chunk.attempt_failed", next: "pause", nextAt: null } },
    ]);
    expect(enqueued(outcome)).toEqual([]);
  });

  it("is tried again with the credentials that came in the meantime", () => {
    const outcome = decide(stuck("consent_lost"), givenSituation({ credentialsVersion: 2 }));
    expect(factsOf(outcome)).toMatchObject([
      { type: "chunk.attempt_failed", category: "transient", next: "retry" },
    ]);
    expect(enqueued(outcome)).toHaveLength(1);
  });
});

describe("a chunk of an account that is not in the database any more", () => {
  it("ends the sync", () => {
    expect(factsOf(decide({ kind: "account_removed" }))).toMatchObject([
      { type: "sync.failed", category: "account_removed", course: { active: null } },
    ]);
  });
});

it("a chunk of an account that is being removed tells nobody of what was stored: it is removed as well", () => {
  const removal = { requestedAt: at, requestId: "req-1" };
  const situation = givenSituation({ at: { course: givenCourse({ removal }), seq: 12 } });
  const mail = { added: ["a"], changed: [], deleted: [] };
  for (const result of [all, { kind: "void", why: "the sync is over", mail } as const])
    expect(decide(result, situation).kind).toBe("ignore");
});
