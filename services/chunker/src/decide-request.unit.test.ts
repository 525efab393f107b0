import { idleCourse, waitingMax } from "@millrace/shared/events/account-course";
import { type CourseFact, factSchema } from "@millrace/shared/events/facts";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { type AppendEffect, done, type Outcome } from "@millrace/shared/runtime/outcome";
import { at, givenActive, givenCourse, givenRequest, moment } from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import { decideRequest, needsSeat, type StartSituation, startEffects } from "./decide-request.ts";
import { appended, givenSituation } from "./testing/given.ts";

function onlyFact(outcome: Outcome): { effect: AppendEffect; fact: CourseFact } {
  const [effect, ...others] = appended(outcome);
  if (effect === undefined || others.length > 0) throw new Error(`expected one fact of ${outcome.kind}`);
  const fact = factSchema.parse(effect.fact);
  if (!("course" in fact)) throw new Error("expected a fact about the course");
  return { effect, fact };
}
const start = (situation: StartSituation): Outcome => done(...startEffects(situation, moment));
const decide = (...[more]: Parameters<typeof givenSituation>) =>
  onlyFact(decideRequest(givenSituation(more), moment));

const running = givenCourse({ active: givenActive("s0"), recentSyncIds: ["s0"] });
const narrow = givenCourse({ active: givenActive("s0", { scope: { query: "from:x" } }) });

describe("a request for an idle account", () => {
  it("starts, asking nobody outside, as long as nothing else was decided meanwhile", () => {
    const { effect, fact } = decide({ courseSeq: 7 });
    expect(effect).toMatchObject({ eventId: "s1.started", expectedSeq: 7 });
    expect(fact).toMatchObject({
      type: "sync.started",
      syncId: "s1",
      sync: { chunkSize: 100, windowChunks: 4, content: "full", run: 0, startedAt: at },
      request: { syncId: "s1", requestedAt: at },
    });
    expect(fact.course.active?.syncId).toBe("s1");
  });

  it("keeps what it asks for", () => {
    const request = givenRequest("s1", { chunkSize: 7, query: "from:x", labelIds: ["INBOX"] });
    expect(decide({ request }).fact).toMatchObject({
      sync: { chunkSize: 7, scope: { query: "from:x", labelIds: ["INBOX"] } },
    });
    expect(decide({ request: givenRequest("s1", { repairOf: "ver_1" }) }).fact).toMatchObject({
      sync: { repairOf: "ver_1" },
    });
  });

  it("starts in a run later than all that a lost log may have known, when it began before", () => {
    const { effect, fact } = decide({ beganBefore: true });
    expect(fact).toMatchObject({ sync: { run: moment.nowMs } });
    expect(effect.eventId).not.toBe("s1.started"); // the projection knows that one already
  });
});

describe("a request of a tenant with a cap of running syncs", () => {
  it("waits for other accounts' syncs when it has no seat", () => {
    const { fact } = decide({ hasSeat: false });
    expect(fact).toMatchObject({ type: "sync.queued", syncId: "s1", behind: null });
    expect(fact.course.waiting.map(({ syncId }) => syncId)).toEqual(["s1"]);
  });

  it("needs a seat only when nothing of its own account is in its way", () => {
    const request = givenRequest("s1");
    const at = (course = idleCourse, ranBefore = false) => needsSeat({ course, request, ranBefore });
    expect(at()).toBe(true);
    expect(at(running)).toBe(false);
    expect(at(givenCourse({ waiting: [givenRequest("s0")] }))).toBe(false);
    expect(at(givenCourse({ recentSyncIds: ["s1"] }))).toBe(false);
    expect(at(givenCourse({ consentLost: { since: "2026-01-01T00:00:00.000Z", message: "" } }))).toBe(false);
    expect(at(idleCourse, true)).toBe(false);
  });

  it.each([
    [1, 4],
    [2.5, 10],
    [0.1, 1],
    [100, 400],
  ])("of weight %d has a window of %d chunks", (weight, windowChunks) => {
    expect(decide({ weight }).fact).toMatchObject({ sync: { windowChunks } });
  });
});

describe("a request for an account with an active sync", () => {
  it("is coalesced when the active sync covers it", () => {
    const { fact } = decide({ course: running });
    expect(fact).toMatchObject({ type: "sync.coalesced", into: "s0" });
    expect(fact.course.active?.syncId).toBe("s0");
  });

  it("is queued when it asks for more", () => {
    const { fact, effect } = decide({ course: narrow, courseSeq: 3 });
    expect(fact).toMatchObject({ type: "sync.queued", behind: "s0" });
    expect(fact.course.waiting.map((request) => request.syncId)).toEqual(["s1"]);
    expect(effect.expectedSeq).toBe(3);
  });

  it("is queued when the account now wants more of each message than the active sync keeps", () => {
    expect(decide({ course: running, content: "raw" }).fact.type).toBe("sync.queued");
  });

  it("is queued when the active sync began before the time that the request names", () => {
    const request = givenRequest("s1", { notBefore: "2026-01-01T00:00:00.001Z" });
    expect(decide({ course: running, request }).fact.type).toBe("sync.queued");
  });

  it("is queued when it repairs: it takes in exactly what was found", () => {
    const request = givenRequest("s1", { repairOf: "ver_1" });
    expect(decide({ course: running, request }).fact.type).toBe("sync.queued");
  });

  it("is coalesced into a waiting one that covers it", () => {
    const course = { ...narrow, waiting: [givenRequest("s5")] };
    expect(decide({ course }).fact).toMatchObject({ type: "sync.coalesced", into: "s5" });
  });

  it("is not coalesced into a waiting one that somebody paused: nobody knows when that goes on", () => {
    const course = { ...narrow, waiting: [givenRequest("s5")], held: [{ syncId: "s5", since: at }] };
    expect(decide({ course }).fact.type).toBe("sync.queued");
  });

  it("ends as failed when too many wait, so that every request ends", () => {
    const waiting = Array.from({ length: waitingMax }, (_, i) => givenRequest(`w${i}`, { query: `q${i}` }));
    const { fact } = decide({ course: { ...narrow, waiting } });
    expect(fact).toMatchObject({ type: "sync.failed", category: "too_many_waiting" });
    expect(fact.course.active?.syncId).toBe("s0");
    expect(fact.course.waiting).toHaveLength(waitingMax);
  });
});

describe("a redelivered request", () => {
  it.each([
    ["is active", givenCourse({ active: givenActive("s1") })],
    ["has ended", givenCourse({ recentSyncIds: ["s1"] })],
    ["waits", givenCourse({ waiting: [givenRequest("s1")] })],
  ])("changes nothing when its sync %s", (_, course) => {
    expect(decideRequest(givenSituation({ course }), moment).kind).toBe("ignore");
  });

  it("changes nothing when its sync ran longer ago than the course remembers", () => {
    expect(decideRequest(givenSituation({ ranBefore: true }), moment).kind).toBe("ignore");
  });
});

describe("a request that comes while another waits for its start", () => {
  it("does not pass it: it is coalesced or queued", () => {
    const course = givenCourse({ waiting: [givenRequest("s0", { query: "x" })] });
    expect(decide({ course }).fact).toMatchObject({ type: "sync.queued", behind: "s0" });
  });

  it("passes one that somebody paused", () => {
    const course = givenCourse({
      waiting: [givenRequest("s0", { query: "x" })],
      held: [{ syncId: "s0", since: at }],
    });
    const { fact } = decide({ course });
    expect(fact).toMatchObject({ type: "sync.started", syncId: "s1" });
    expect(fact.course.waiting.map(({ syncId }) => syncId)).toEqual(["s0"]);
  });
});

describe("a request for a mailbox that refuses us", () => {
  const consentLost = { since: at, message: "connect it again" };

  it("pauses with that reason, and waits", () => {
    const { fact } = decide({ course: givenCourse({ consentLost }), courseSeq: 3 });
    expect(fact).toMatchObject({
      type: "sync.paused",
      reason: "consent_lost",
      message: "connect it again",
      request: { syncId: "s1" },
    });
    expect(fact.course.waiting.map(({ syncId }) => syncId)).toEqual(["s1"]);
    expect(fact.course.active).toBeNull();
  });

  it("is coalesced when what is paused covers it", () => {
    expect(decide({ course: { ...running, consentLost } }).fact.type).toBe("sync.coalesced");
  });
});

describe("a request that waited", () => {
  const request = givenRequest("s2", { query: "x" });
  const course = givenCourse({ waiting: [request], recentSyncIds: ["s2"] });

  it("starts although it was decided to wait before", () => {
    const { fact } = onlyFact(start(givenSituation({ request, course, courseSeq: 9 })));
    expect(fact).toMatchObject({ type: "sync.started", syncId: "s2" });
    expect(fact.course.waiting).toEqual([]);
  });

  it("does not start while it is paused", () => {
    const held = { ...course, held: [{ syncId: "s2", since: at }] };
    expect(startEffects(givenSituation({ request, course: held }), moment)).toEqual([]);
  });

  it("ends when its account is not in the database any more", () => {
    const situation = { ...givenSituation({ request, course }), content: null };
    const { fact } = onlyFact(start(situation));
    expect(fact).toMatchObject({ type: "sync.failed", syncId: "s2", category: "account_removed" });
    expect(fact.course).toEqual({ ...idleCourse, recentSyncIds: ["s2"] });
  });
});

describe("how a sync gets its messages", () => {
  const known = givenCourse({ watermark: "77" });
  const syncFor = (more: Partial<AcceptedRequest>, course = known) =>
    decide({ course, request: givenRequest("s1", more) }).fact;
  const full = ["listing", "reconcile", "changes"];

  it("is by its changes when the account is complete up to a watermark, unless a full one is asked for", () => {
    for (const mode of ["auto", "incremental"] as const)
      expect(syncFor({ mode })).toMatchObject({
        sync: {
          mode: "incremental",
          requestedMode: mode,
          plan: ["changes"],
          since: "77",
          round: 0,
          joined: 0,
        },
        course: { watermark: "77" },
      });
    expect(syncFor({ mode: "full" })).toMatchObject({ sync: { mode: "full", plan: full, since: null } });
  });

  it("is by a listing of the whole where nothing is known yet", () => {
    for (const mode of ["auto", "incremental", "full"] as const)
      expect(syncFor({ mode }, idleCourse)).toMatchObject({
        sync: { mode: "full", plan: full, since: null },
      });
  });

  it("is by a listing alone of a part of a mailbox, and by what was found of a repair: neither moves a watermark", () => {
    for (const part of [{ query: "from:x" }, { labelIds: ["INBOX"] }])
      expect(syncFor({ mode: "auto", ...part })).toMatchObject({
        sync: { mode: "full", plan: ["listing"], since: null },
      });
    expect(syncFor({ repairOf: "ver_1" })).toMatchObject({
      sync: { mode: "full", plan: ["findings"], since: null },
    });
  });

  it("is decided when it starts, not when it was asked for", () => {
    const request = givenRequest("s2");
    const course = givenCourse({ waiting: [request], recentSyncIds: ["s2"], watermark: "80" });
    const { fact } = onlyFact(start(givenSituation({ request, course })));
    expect(fact).toMatchObject({ sync: { mode: "incremental", since: "80" } });
  });
});

describe("a request while changes are being read", () => {
  const incremental = givenActive("s0", { mode: "incremental", plan: ["changes"], since: "7" });
  const course = givenCourse({ active: incremental, recentSyncIds: ["s0"], watermark: "7" });

  it("counts in the sync that it joins, whose changes are read after it then", () => {
    const { fact } = decide({ course });
    expect(fact).toMatchObject({ type: "sync.coalesced", into: "s0" });
    expect(fact.course.active).toEqual({ ...incremental, joined: 1 });
  });

  it("is queued: they may have been read before what it is about", () => {
    const { fact } = decide({ course, isReadingChanges: true });
    expect(fact).toMatchObject({ type: "sync.queued", behind: "s0" });
    expect(fact.course.active?.joined).toBe(0);
  });

  it("is queued as well when a full sync has come to its changes", () => {
    expect(decide({ course: running, isReadingChanges: true }).fact.type).toBe("sync.queued");
  });

  it("for everything is not answered by a sync of changes", () => {
    const request = givenRequest("s1", { mode: "full" });
    expect(decide({ course, request }).fact.type).toBe("sync.queued");
  });

  it("for everything is not answered by one that waits and may become a sync of changes", () => {
    const waiting = { ...course, waiting: [givenRequest("s5", { mode: "auto" })] };
    const request = givenRequest("s1", { mode: "full" });
    expect(decide({ course: waiting, isReadingChanges: true, request }).fact.type).toBe("sync.queued");
    const other = { ...course, waiting: [givenRequest("s5", { mode: "full" })] };
    expect(decide({ course: other, isReadingChanges: true, request }).fact).toMatchObject({
      type: "sync.coalesced",
      into: "s5",
    });
  });

  it("is one of a storm: one sync, and one after it", () => {
    let now = givenCourse({ watermark: "7" });
    const types: string[] = [];
    for (let i = 0; i < 100; i++) {
      const request = givenRequest(`n${i}`);
      const { fact } = decide({ course: now, request, isReadingChanges: now.active !== null });
      types.push(fact.type);
      now = fact.course;
      if (fact.type === "sync.coalesced") expect(fact.into).toBe("n1");
    }
    expect(types).toEqual(["sync.started", "sync.queued", ...Array(98).fill("sync.coalesced")]);
    expect(now.active).toMatchObject({ syncId: "n0", joined: 0 });
    expect(now.waiting.map(({ syncId }) => syncId)).toEqual(["n1"]);
  });
});
