import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { givenActive, givenCourse, givenRequest } from "../testing/given.ts";
import {
  type AccountCourse,
  accountCourseSchema,
  idleCourse,
  recentSyncIdsMax,
  waitingMax,
} from "./account-course.ts";
import {
  anew,
  coalesceSync,
  completeSync,
  endSync,
  fullPlan,
  holdSync,
  isDecided,
  isPaused,
  isUnderWay,
  loseConsent,
  nextToStart,
  queueSync,
  rebaseSync,
  refuseRemoved,
  regainConsent,
  removeAccount,
  resumeSync,
  startSync,
  underWay,
  waitingForConsent,
} from "./evolve-course.ts";

const since = "2026-01-02T00:00:00.000Z";
const later = "2026-01-02T00:00:00.000Z";
const running = startSync(idleCourse, givenActive("s1"));
/** s1 runs, s2 and s3 wait. */
const busy = ["s2", "s3"].reduce((course, id) => queueSync(course, givenRequest(id)), running);
const waitingIds = ({ waiting }: AccountCourse): string[] => waiting.map(({ syncId }) => syncId);

describe("an account's course", () => {
  it("has one active sync, from its start to its end", () => {
    expect(running.active?.syncId).toBe("s1");
    expect(completeSync(running, "s1", "42").active).toBeNull();
    expect(endSync(running, "s1").active).toBeNull();
  });

  it("moves its watermark only by a completion that brings one", () => {
    const known = { ...running, watermark: "7" };
    expect(endSync(known, "s1").watermark).toBe("7");
    expect(completeSync(known, "s1", null).watermark).toBe("7");
    expect(completeSync(known, "s1", "42").watermark).toBe("42");
    expect(completeSync(known, "s1", "6").watermark).toBe("7");
  });

  it("takes a waiting sync off the queue when it starts or ends, and keeps the others in order", () => {
    expect(waitingIds(startSync(endSync(busy, "s1"), givenActive("s2")))).toEqual(["s3"]);
    expect(waitingIds(endSync(busy, "s2"))).toEqual(["s3"]);
    expect(waitingIds(coalesceSync(busy, "s3", "s1"))).toEqual(["s2"]);
  });

  it("lets a request wait once, at the end, however often it is queued", () => {
    expect(waitingIds(queueSync(busy, givenRequest("s2")))).toEqual(["s3", "s2"]);
  });

  it("leaves the active sync alone when another one ends", () => {
    expect(endSync(busy, "s9").active?.syncId).toBe("s1");
    expect(endSync(busy, "s2").active?.syncId).toBe("s1");
  });

  it("remembers what was decided, whatever was decided, within a bound", () => {
    expect(isDecided(running, "s1")).toBe(true);
    expect(isDecided(completeSync(running, "s1", null), "s1")).toBe(true);
    expect(isDecided(coalesceSync(running, "s2", "s1"), "s2")).toBe(true);
    expect(isDecided(queueSync(running, givenRequest("s2")), "s2")).toBe(true);
    expect(isDecided(endSync(idleCourse, "s2"), "s2")).toBe(true);
    expect(isDecided(running, "s2")).toBe(false);
    const many = Array.from({ length: 100 }, (_, i) => `c${i}`).reduce(
      (course, id) => coalesceSync(course, id, "s1"),
      running,
    );
    expect(many.recentSyncIds).toHaveLength(recentSyncIdsMax);
    expect(isDecided(many, "s1")).toBe(true); // it is active, whatever was forgotten
  });

  it("knows what is under way: the active sync and all that wait", () => {
    expect(["s1", "s2", "s3", "s4"].filter((id) => isUnderWay(busy, id))).toEqual(["s1", "s2", "s3"]);
    expect(isUnderWay(endSync(busy, "s2"), "s2")).toBe(false);
  });
});

describe("a sync that a person pauses", () => {
  it("is paused until it is resumed, alone", () => {
    const held = holdSync(busy, "s1", since);
    expect(held.held).toEqual([{ syncId: "s1", since }]);
    expect([isPaused(held, "s1"), isPaused(held, "s2")]).toEqual([true, false]);
    expect(isPaused(resumeSync(held, "s1", later), "s1")).toBe(false);
  });

  it("keeps the time of its first pause", () => {
    const held = holdSync(busy, "s1", since);
    expect(holdSync(held, "s1", "2026-01-03T00:00:00.000Z")).toEqual(held);
  });

  it("goes on in a new run when it is resumed: what is queued of the old one is void", () => {
    const resumed = resumeSync(holdSync(busy, "s1", since), "s1", later);
    expect(resumed.active?.run).toBe(1);
  });

  it("leaves the others that are paused as they are", () => {
    const held = holdSync(holdSync(busy, "s1", since), "s2", since);
    expect(resumeSync(held, "s1", later).held.map(({ syncId }) => syncId)).toEqual(["s2"]);
  });

  it("is no longer held once it has ended", () => {
    expect(endSync(holdSync(busy, "s2", since), "s2").held).toEqual([]);
    expect(completeSync(holdSync(busy, "s1", since), "s1", null).held).toEqual([]);
  });

  it("does not start, and lets the next that waits start", () => {
    const idle = endSync(busy, "s1");
    expect(nextToStart(idle)?.syncId).toBe("s2");
    expect(nextToStart(holdSync(idle, "s2", since))?.syncId).toBe("s3");
    expect(nextToStart(holdSync(holdSync(idle, "s2", since), "s3", since))).toBeNull();
    expect(nextToStart(busy)).toBeNull();
  });
});

describe("a mailbox that refuses us", () => {
  const lost = loseConsent(busy, since, "invalid_grant");

  it("pauses all syncs of the account, and lets none start", () => {
    expect(["s1", "s2", "s9"].map((id) => isPaused(lost, id))).toEqual([true, true, true]);
    expect(nextToStart(endSync(lost, "s1"))).toBeNull();
  });

  it("keeps the first reason and time, within a bound", () => {
    expect(loseConsent(lost, "2026-01-03T00:00:00.000Z", "other").consentLost).toEqual({
      since,
      message: "invalid_grant",
    });
    const long = loseConsent(busy, since, "x".repeat(5_000));
    expect(accountCourseSchema.safeParse(long).success).toBe(true);
  });

  it("is waited for by what is under way and not paused by a person", () => {
    expect(waitingForConsent(lost)).toEqual(["s1", "s2", "s3"]);
    expect(waitingForConsent(holdSync(lost, "s2", since))).toEqual(["s1", "s3"]);
    expect(waitingForConsent(busy)).toEqual([]);
  });

  it("has its time counted when it is over, once, whatever else had paused it meanwhile", () => {
    const active = { ...busy.active, startedAt: "2026-01-01T00:00:00.000Z" } as NonNullable<
      typeof busy.active
    >;
    const course = holdSync({ ...busy, active }, active.syncId, "2026-01-01T00:01:00.000Z");
    const refused = loseConsent(course, "2026-01-01T00:02:00.000Z", "refused");
    const regained = regainConsent(refused, "2026-01-01T00:03:00.000Z");
    expect(regained.active?.pausedMs).toBe(0); // it is still held
    expect(resumeSync(regained, active.syncId, "2026-01-01T00:05:00.000Z").active?.pausedMs).toBe(240_000);
    const again = holdSync(
      resumeSync(course, active.syncId, "2026-01-01T00:02:00.000Z"),
      active.syncId,
      since,
    );
    expect(again.active?.pausedMs).toBe(60_000);
    expect(resumeSync(course, "s9", later).active?.pausedMs).toBe(0);
  });

  it("goes on where it was, in a new run, when it can be read again; a person's pause stays", () => {
    const back = regainConsent(holdSync(lost, "s1", since), later);
    expect(back.consentLost).toBeNull();
    expect(back.active?.run).toBe(1);
    expect([isPaused(back, "s1"), isPaused(back, "s2")]).toEqual([true, false]);
  });

  it("is tried again when somebody resumes a sync", () => {
    expect(resumeSync(lost, "s1", later).consentLost).toBeNull();
  });
});

describe("a request that joins a sync", () => {
  it("counts in the active one, so that changes read before do not do for it", () => {
    expect(coalesceSync(running, "s2", "s1").active?.joined).toBe(1);
    expect(coalesceSync(coalesceSync(running, "s2", "s1"), "s3", "s1").active?.joined).toBe(2);
  });

  it("does not count in the active one when it joined one that waits", () => {
    expect(coalesceSync(busy, "s4", "s2").active).toEqual(busy.active);
    expect(coalesceSync(endSync(busy, "s1"), "s4", "s2").active).toBeNull();
  });
});

describe("a sync that begins anew, because the provider has forgotten where it was", () => {
  it("is a full one in its next round and run, and keeps what has joined it", () => {
    const active = givenActive("s1", {
      mode: "incremental",
      plan: ["changes"],
      since: "7",
      run: 4,
      round: 1,
      joined: 3,
    });
    expect(rebaseSync(givenCourse({ active, watermark: "7" }))).toEqual(
      givenCourse({
        active: { ...active, mode: "full", plan: [...fullPlan], run: 5, round: 2 },
        watermark: "7",
      }),
    );
  });

  it("keeps its own stages when it was a full one", () => {
    const active = givenActive("s1", { plan: ["listing"] });
    expect(rebaseSync(givenCourse({ active })).active).toMatchObject({ plan: ["listing"], round: 1, run: 1 });
  });

  it("is nothing when nothing is active", () => {
    expect(rebaseSync(idleCourse)).toEqual(idleCourse);
  });
});

describe("work that is planned anew", () => {
  it("belongs to a later run than any before, and at least to the one that is named", () => {
    expect(anew(running).active?.run).toBe(1);
    expect(anew(running, 1_000).active?.run).toBe(1_000);
    expect(anew(anew(running, 1_000), 5).active?.run).toBe(1_001);
  });

  it("is nothing when nothing is active", () => {
    expect(anew(idleCourse, 7)).toEqual(idleCourse);
  });
});

describe("a course after any history", () => {
  type Move = (course: AccountCourse, id: string) => AccountCourse;
  const moves: readonly Move[] = [
    (course, id) => (course.active === null ? startSync(course, givenActive(id)) : course),
    (course, id) =>
      course.waiting.length < waitingMax && !isDecided(course, id)
        ? queueSync(course, givenRequest(id))
        : course,
    // Only a request that nothing was decided on yet joins another.
    (course, id) => (isDecided(course, id) ? course : coalesceSync(course, id, "s1")),
    rebaseSync,
    endSync,
    (course, id) => completeSync(course, id, "9"),
    (course, id) => (isUnderWay(course, id) ? holdSync(course, id, since) : course),
    (course, id) => resumeSync(course, id, later),
    (course) => loseConsent(course, since, "refused"),
    (course) => regainConsent(course, later),
  ];
  const history = fc.array(
    fc.record({ move: fc.constantFrom(...moves), id: fc.nat(40).map((n) => `s${n}`) }),
    { maxLength: 200 },
  );

  it("can be written to the log, holds nothing that has ended, and counts its runs up", () => {
    fc.assert(
      fc.property(history, (steps) => {
        let course = givenCourse();
        for (const { move, id } of steps) {
          const before = course;
          course = move(course, id);
          expect(accountCourseSchema.safeParse(course).error).toBeUndefined();
          expect(course.held.every(({ syncId }) => isUnderWay(course, syncId))).toBe(true);
          expect(new Set(waitingIds(course)).size).toBe(course.waiting.length);
          expect(course.active === null || !waitingIds(course).includes(course.active.syncId)).toBe(true);
          if (before.active !== null && before.active.syncId === course.active?.syncId)
            for (const count of ["run", "round", "joined"] as const)
              expect(course.active[count]).toBeGreaterThanOrEqual(before.active[count]);
        }
      }),
    );
  });
});

describe("an account that is to be removed", () => {
  const removal = { requestedAt: since, requestId: "req-1" };
  const before = holdSync(loseConsent({ ...busy, watermark: "42" }, since, "refused"), "s2", since);
  const leaving = removeAccount(before, removal);

  it("has no sync any more, neither active nor waiting nor paused, and each of them was decided on", () => {
    expect(underWay(before)).toEqual(["s1", "s2", "s3"]);
    expect(leaving).toMatchObject({
      active: null,
      waiting: [],
      held: [],
      consentLost: null,
      watermark: null,
      removal,
    });
    for (const id of ["s1", "s2", "s3"]) expect(isDecided(leaving, id)).toBe(true);
    expect(accountCourseSchema.safeParse(leaving).error).toBeUndefined();
  });

  it("stays so whatever comes after it", () => {
    const whatever = [
      refuseRemoved(leaving, "s4"),
      endSync(leaving, "s1"),
      resumeSync(leaving, "s1", later),
      regainConsent(leaving, later),
      anew(leaving),
    ];
    for (const course of whatever) expect([course.removal, course.active]).toEqual([removal, null]);
    expect(isDecided(refuseRemoved(leaving, "s4"), "s4")).toBe(true);
  });
});
