import { describe, expect, it } from "vitest";
import { idleCourse } from "../events/account-course.ts";
import { noProgress, settleLetters } from "../events/chunk-progress.ts";
import {
  anew,
  endSync,
  holdSync,
  loseConsent,
  queueSync,
  regainConsent,
  resumeSync,
  startSync,
} from "../events/evolve-course.ts";
import type { Fact, FactOf } from "../events/facts.ts";
import { foldEvent, toMaps } from "./project-batch.ts";
import { projectSync } from "./project-sync.ts";
import {
  active,
  at,
  completed,
  course,
  fetchedChunk,
  pageOf,
  projectFacts,
  requestOf,
  started,
} from "./testing/given.ts";
import { noRows } from "./views.ts";

const syncOf = (facts: readonly Fact[], id = "s1") => projectFacts(facts).syncs.get(id);

const first = fetchedChunk(noProgress, 0);
const second = fetchedChunk(first.progress, 1, 1);
const mended = settleLetters(second.progress, [{ ordinal: 0, outcome: "stored" }]);
if (mended === null) throw new Error("the letter was open");
const settled: Fact = {
  type: "dead_letters.settled",
  syncId: "s1",
  chunkIndex: 1,
  letters: mended.settled,
  mail: { added: [], changed: [], deleted: [] },
  progress: mended.progress,
};
const lastPage = pageOf(0, { nextPageToken: null });

describe("a sync's row", () => {
  it("shows it from its start to its balanced end", () => {
    const view = syncOf([
      started,
      lastPage,
      first,
      fetchedChunk(first.progress, 1),
      completed(fetchedChunk(first.progress, 1).progress),
    ]);
    expect(view).toMatchObject({
      status: "completed",
      requested_mode: "auto",
      mode: "full",
      baseline: "41",
      estimated_total: 700,
      listed: 200,
      listing_complete: true,
      stored: 200,
      settled: 200,
      chunks_listed: 2,
      chunks_settled: 2,
      progress_revision: 2,
      watermark: "42",
      ended_at: at,
    });
  });

  it("shows requests that never ran", () => {
    const coalesced: Fact = {
      type: "sync.coalesced",
      syncId: "s2",
      into: "s1",
      request: requestOf("s2"),
      course,
    };
    const failed: Fact = {
      type: "sync.failed",
      syncId: "s3",
      category: "unknown",
      message: "no such account",
      request: { ...requestOf("s3"), repairOf: "v1" },
      course,
    };
    const { syncs } = projectFacts([started, coalesced, failed]);
    expect(syncs.get("s2")).toMatchObject({ status: "coalesced", coalesced_into: "s1", ended_at: at });
    expect(syncs.get("s3")).toMatchObject({
      status: "failed",
      failure: { category: "unknown", message: "no such account" },
      repair_of: "v1",
      ended_at: at,
    });
  });

  it("is not made by facts that only speak of a sync", () => {
    const stalled: Fact = {
      type: "sync.stalled",
      syncId: "s9",
      chunkIndexes: [1],
      pageNumber: null,
      reason: "r",
    };
    const republished: Fact = { type: "request.republished", syncId: "s9", reason: "never reached the log" };
    expect(syncOf([republished, stalled], "s9")).toBeUndefined();
  });
});

describe("a sync that pauses", () => {
  const held = holdSync(course, "s1", at);
  const pausedFact: Fact = {
    type: "sync.paused",
    syncId: "s1",
    reason: "requested",
    message: "over the weekend",
    request: null,
    course: held,
  };

  it("says by whom and since when, and goes on when it is resumed, in a new run", () => {
    const paused = syncOf([started, pausedFact]);
    expect(paused).toMatchObject({
      status: "paused",
      paused: { reason: "requested", message: "over the weekend", since: at },
    });
    const resumed = syncOf([
      started,
      pausedFact,
      { type: "sync.resumed", syncId: "s1", course: resumeSync(held, "s1", at) },
    ]);
    expect(resumed).toMatchObject({ status: "running", paused: null, run: 1 });
  });

  it("still counts what was under way", () => {
    expect(syncOf([started, lastPage, pausedFact, first])).toMatchObject({ status: "paused", settled: 100 });
  });

  it("waits when it is resumed before its turn has come", () => {
    const waiting = queueSync(course, requestOf("s2"));
    const queued: Fact = {
      type: "sync.queued",
      syncId: "s2",
      behind: "s1",
      request: requestOf("s2"),
      course: waiting,
    };
    const holding = holdSync(waiting, "s2", at);
    const pause: Fact = { ...pausedFact, syncId: "s2", course: holding } as Fact;
    expect(syncOf([started, queued, pause], "s2")?.status).toBe("paused");
    const resume: Fact = { type: "sync.resumed", syncId: "s2", course: resumeSync(holding, "s2", at) };
    expect(syncOf([started, queued, pause, resume], "s2")).toMatchObject({ status: "queued", paused: null });
  });

  it("waits when it is resumed before anything was decided on it", () => {
    const holding = holdSync(idleCourse, "s5", at);
    const pause: Fact = { ...pausedFact, syncId: "s5", request: requestOf("s5"), course: holding } as Fact;
    expect(syncOf([pause], "s5")).toMatchObject({ status: "paused", requested_at: at });
    const resume: Fact = { type: "sync.resumed", syncId: "s5", course: resumeSync(holding, "s5", at) };
    expect(syncOf([pause, resume], "s5")?.status).toBe("queued");
  });

  it("pauses with all of its account when consent is lost, and goes on with them, but for those a person paused", () => {
    const waiting = queueSync(queueSync(course, requestOf("s2")), requestOf("s3"));
    const queued = [
      { type: "sync.queued", syncId: "s2", behind: "s1", request: requestOf("s2"), course: waiting },
      { type: "sync.queued", syncId: "s3", behind: "s1", request: requestOf("s3"), course: waiting },
      { ...pausedFact, syncId: "s3", course: holdSync(waiting, "s3", at) },
    ] as Fact[];
    const lost = loseConsent(holdSync(waiting, "s3", at), at, "invalid_grant");
    const consentLost: Fact = {
      type: "sync.paused",
      syncId: "s1",
      reason: "consent_lost",
      message: "invalid_grant",
      request: null,
      course: lost,
    };
    const paused = projectFacts([started, ...queued, consentLost]);
    expect(paused.account_states.get("acc_1")).toMatchObject({
      status: "reauth_required",
      status_since: at,
      status_message: "invalid_grant",
    });
    const reasons = ["s1", "s2", "s3"].map((id) => paused.syncs.get(id)?.paused?.reason);
    expect(reasons).toEqual(["consent_lost", "consent_lost", "requested"]);

    const back: Fact = {
      type: "account.reconnected",
      resumed: ["s1", "s2"],
      course: regainConsent(lost, at),
    };
    const { syncs, account_states } = projectFacts([started, ...queued, consentLost, back]);
    expect(account_states.get("acc_1")).toMatchObject({ status: "connected", status_since: null });
    expect(["s1", "s2", "s3"].map((id) => syncs.get(id)?.status)).toEqual(["running", "queued", "paused"]);
    expect(syncs.get("s1")?.run).toBe(1);
    expect(syncs.get("s3")?.paused?.message).toBe("over the weekend");
  });
});

describe("a sync in trouble", () => {
  const trouble: Fact = {
    type: "chunk.attempt_failed",
    syncId: "s1",
    category: "rate_limited",
    message: "slow down",
    attempt: 3,
    next: "wait",
    nextAt: at,
    chunkIndex: 1,
    settled: 0,
    open: 100,
    isRedrive: false,
  };

  it("says what keeps it, where and until when, until it gets on", () => {
    expect(syncOf([started, lastPage, trouble])?.trouble).toEqual({
      category: "rate_limited",
      message: "slow down",
      at,
      nextAt: at,
      since: at,
      attempt: 3,
      setAsideAt: null,
      open: 100,
      where: { kind: "chunk", index: 1 },
    });
    expect(syncOf([started, lastPage, trouble, first])?.trouble).toBeNull();
  });

  it("says since when nothing has succeeded, which attempt it was, and which one is the last", () => {
    const view = syncOf([started, lastPage]) ?? null;
    const failedAt = (before: typeof view, seconds: number, fact: Fact) => {
      const time = new Date(Date.parse(at) + 1_000 * seconds).toISOString();
      const event = { id: `e${seconds}`, time, tenantId: "t", accountId: "a", fact };
      return projectSync(before, "s1", event as never, { epoch: 1, seq: 1_000 + seconds });
    };
    const once = failedAt(view, 10, trouble);
    const twice = failedAt(once, 20, { ...trouble, attempt: 4, setAsideAt: 38 });
    const since = once?.trouble?.at;
    expect(twice?.trouble).toMatchObject({ since, attempt: 4, setAsideAt: 38 });
    expect(twice?.trouble?.at).not.toBe(since);
    expect(failedAt(failedAt(twice, 30, first), 40, trouble)?.trouble?.since).not.toBe(since);
  });

  describe("of which attempts deal with messages", () => {
    const failed = (settled: number, more: object = {}): Fact =>
      ({ ...trouble, category: "transient", next: "retry", settled, open: 100 - settled, ...more }) as Fact;
    /** Facts ten seconds apart. */
    const fold = (...facts: Fact[]) => {
      const rows = toMaps(noRows);
      facts.forEach((fact, index) => {
        const event = {
          id: `e${index}`,
          time: timeOf(index),
          tenantId: "t",
          accountId: "acc_1",
          source: "test",
          fact,
        };
        foldEvent(rows, { position: { epoch: 1, seq: index + 1 }, event });
      });
      return rows.syncs.get("s1")?.trouble;
    };
    const timeOf = (index: number) => new Date(Date.parse(at) + 10_000 * index).toISOString();
    const begun = [started, lastPage];

    it("counts from the last one that got further, also while others of another chunk do not", () => {
      expect(fold(...begun, failed(0), failed(0))).toMatchObject({ since: timeOf(2), at: timeOf(3) });
      expect(fold(...begun, failed(0), failed(40), failed(40))?.since).toBe(timeOf(3));
      const other = failed(0, { chunkIndex: 0 });
      expect(fold(...begun, other, failed(40), other, failed(41), other)?.since).toBe(timeOf(5));
      // One that began anew and found less has got nowhere, and neither has one that found as much as was known.
      expect(fold(...begun, failed(40), failed(10), failed(40))?.since).toBe(timeOf(2));
      expect(fold(...begun, failed(0), failed(40, { isRedrive: true }))?.since).toBe(timeOf(2));
    });

    it("still counts from there after a pause, in which the attempt itself is shown no more", () => {
      const held = holdSync(course, "s1", at);
      const pause: Fact = {
        type: "sync.paused",
        syncId: "s1",
        reason: "requested",
        message: "",
        request: null,
        course: held,
      };
      const resume: Fact = { type: "sync.resumed", syncId: "s1", course: resumeSync(held, "s1", at) };
      const stuck = [...begun, failed(40), pause, resume];
      expect(fold(...stuck)).toMatchObject({ since: timeOf(2), nextAt: null, isVoid: true });
      expect(fold(...stuck, failed(40))).toMatchObject({ since: timeOf(2), at: timeOf(5) });
      expect(fold(...stuck, failed(40))).not.toHaveProperty("isVoid");
      expect(fold(...stuck, failed(41))?.since).toBe(timeOf(5));
      expect(fold(...stuck, first)).toBeNull();
      expect(fold(...stuck, first, failed(0))?.since).toBe(timeOf(6));
    });
  });

  it("says how many messages are tried again: of a listing nobody knows, and what is set aside is not", () => {
    const opened = (fact: Fact) => syncOf([started, lastPage, fact])?.trouble?.open;
    expect(opened({ ...trouble, settled: 98, open: 2 } as Fact)).toBe(2);
    expect(opened({ ...trouble, settled: 98, open: 2, next: "set_aside" } as Fact)).toBeNull();
    const {
      chunkIndex: _,
      settled: __,
      open: ___,
      isRedrive: ____,
      ...common
    } = trouble as FactOf<"chunk.attempt_failed">;
    expect(opened({ ...common, type: "page.attempt_failed", pageNumber: 1 })).toBeNull();
  });

  it("has none after its end", () => {
    const end: Fact = { type: "sync.cancelled", syncId: "s1", request: null, course: endSync(course, "s1") };
    expect(syncOf([started, lastPage, trouble, end])?.trouble).toBeNull();
    expect(syncOf([started, lastPage, end, trouble])?.trouble).toBeNull();
  });

  it("has none to be shown in a new run", () => {
    const restored: Fact = {
      type: "account.restored",
      reason: "lost",
      restored: ["s1"],
      course: anew(course, 1_000),
    };
    expect(syncOf([started, lastPage, trouble, restored])).toMatchObject({
      trouble: { isVoid: true },
      run: 1_000,
    });
    expect(syncOf([started, lastPage, restored])).toMatchObject({ trouble: null, run: 1_000 });
  });
});

describe("a sync that has ended", () => {
  const cancelled: Fact = {
    type: "sync.cancelled",
    syncId: "s1",
    request: null,
    course: endSync(course, "s1"),
  };

  it("still counts what settles late, and stays what it is", () => {
    const view = syncOf([started, lastPage, cancelled, first, completed(first.progress), started]);
    expect(view).toMatchObject({ status: "cancelled", settled: 100, stored: 100, watermark: null });
  });

  it("becomes completed when the last of its dead letters is", () => {
    const facts = [started, lastPage, first, second, completed(second.progress)];
    expect(syncOf(facts)).toMatchObject({ status: "partial", dead_lettered: 1, stored: 199 });
    expect(syncOf([...facts, settled])).toMatchObject({
      status: "completed",
      dead_lettered: 0,
      stored: 200,
      ended_at: at,
    });
  });

  it("keeps the ledger that it knows better than its end does", () => {
    const view = syncOf([started, lastPage, first, second, settled, completed(second.progress)]);
    expect(view).toMatchObject({ status: "completed", dead_lettered: 0, stored: 200, progress_revision: 3 });
  });

  it("stays partial when its dead letters are discarded", () => {
    const discarded = settleLetters(second.progress, [{ ordinal: 0, outcome: "discarded" }]);
    const discard = { ...settled, letters: discarded?.settled, progress: discarded?.progress } as Fact;
    const view = syncOf([started, lastPage, first, second, completed(second.progress), discard]);
    expect(view).toMatchObject({ status: "partial", dead_lettered: 1, progress_revision: 3 });
  });

  it("takes the ledger of its end over one of a log that went another way and had settled less", () => {
    const rows = projectFacts([started, lastPage, first]);
    const other = fetchedChunk(fetchedChunk(noProgress, 1, 1).progress, 0);
    projectFacts([started, completed(other.progress)], rows, 2);
    expect(rows.syncs.get("s1")).toMatchObject({ status: "partial", settled: 200, dead_lettered: 1 });
  });

  it("ends with a ledger that balances, also when a lost log had listed and settled more", () => {
    const rows = projectFacts([started, pageOf(0), pageOf(1), first, second]);
    projectFacts([started, lastPage, first, completed(first.progress)], rows, 2);
    const view = rows.syncs.get("s1");
    expect(view).toMatchObject({
      status: "completed",
      listed: 100,
      settled: 100,
      stored: 100,
      dead_lettered: 0,
    });
  });
});

it("does not go back when a log that went another way counts further and has settled less", () => {
  const rows = projectFacts([started, lastPage, first, fetchedChunk(first.progress, 1)]);
  const other = fetchedChunk(noProgress, 1, 2);
  const once = settleLetters(other.progress, [{ ordinal: 0, outcome: "stored" }]);
  const twice = settleLetters(once?.progress ?? noProgress, [{ ordinal: 1, outcome: "stored" }]);
  const facts = [once, twice].map((settling) => ({
    ...settled,
    letters: settling?.settled,
    progress: settling?.progress,
  }));
  projectFacts([other, ...(facts as Fact[])], rows, 2);
  expect(twice?.progress.revision).toBeGreaterThan(2);
  expect(rows.syncs.get("s1")).toMatchObject({ settled: 200, chunks_settled: 2, progress_revision: 2 });
});

it("shows a sync that the course knows and no fact has told of", () => {
  const next = startSync(queueSync(idleCourse, requestOf("s4")), active);
  const { syncs } = projectFacts([{ type: "sync.resumed", syncId: "s1", course: next }]);
  expect(syncs.get("s1")).toMatchObject({
    status: "running",
    mode: "full",
    window_chunks: 4,
    started_at: at,
  });
  expect(syncs.get("s4")).toMatchObject({ status: "queued", requested_mode: "auto", trigger: "api" });
});

describe("a sync whose dead letters are tried again", () => {
  const letters = [{ ordinal: 0, messageId: "m0" }];
  const redriven: Fact = {
    type: "dead_letters.redriven",
    syncId: "s1",
    chunkIndex: 1,
    content: "full",
    letters,
  };
  const refused: Fact = {
    type: "dead_letters.refused",
    syncId: "s1",
    chunkIndex: 1,
    attempt: 8,
    letters: [{ ordinal: 0, messageId: "m0", category: "unknown", message: "?" }],
  };
  const before = [started, lastPage, first, second, completed(second.progress)];

  it.each([
    ["redriven", [redriven]],
    ["refused", [redriven, refused]],
  ])("has another version when they are %s, and is otherwise what it was", (_, facts) => {
    const was = syncOf(before);
    const now = syncOf([...before, ...facts]);
    expect(now).toEqual({ ...was, seq: (was?.seq ?? 0) + facts.length });
  });
});
