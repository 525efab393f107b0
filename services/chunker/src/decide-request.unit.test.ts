import { waitingMax } from "@millrace/shared/events/account-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import type { AppendEffect, Outcome } from "@millrace/shared/runtime/outcome";
import { describe, expect, it } from "vitest";
import { decideRequest, decideStart, willStart } from "./decide-request.ts";
import { givenActive, givenCourse, givenRequest, givenSituation, moment } from "./testing/given.ts";

function onlyFact(outcome: Outcome): { effect: AppendEffect; fact: CourseFact } {
  if (outcome.kind !== "done") throw new Error(`expected effects, got ${outcome.kind}`);
  expect(outcome.effects).toHaveLength(1);
  const effect = outcome.effects[0] as AppendEffect;
  return { effect, fact: effect.fact as CourseFact };
}

const running = givenCourse({ active: givenActive("s0"), recentSyncIds: ["s0"] });

describe("a request for an idle account", () => {
  it("starts, with the baseline that was taken before anything is listed", () => {
    const { effect, fact } = onlyFact(decideRequest(givenSituation({ courseSeq: 7 }), moment));
    expect(effect).toMatchObject({ eventId: "s1.started", expectedSeq: 7 });
    expect(fact).toMatchObject({
      type: "sync.started",
      sync: { baseline: "42", chunkSize: 100 },
      estimatedTotal: 1234,
    });
    expect(fact.course.active?.syncId).toBe("s1");
  });

  it("keeps the chunk size that was asked for", () => {
    const situation = givenSituation({ request: givenRequest("s1", { chunkSize: 7 }) });
    expect(onlyFact(decideRequest(situation, moment)).fact).toMatchObject({ sync: { chunkSize: 7 } });
  });

  it("promises no total for a part of the mailbox", () => {
    const situation = givenSituation({ request: givenRequest("s1", { query: "from:x" }) });
    expect(onlyFact(decideRequest(situation, moment)).fact).toMatchObject({ estimatedTotal: null });
  });

  it("waits when the provider is away or throttles, and fails only without consent", () => {
    const fault = (category: "transient" | "rate_limited" | "consent_lost") =>
      givenSituation({ profile: { ok: false, fault: { category, message: "x" } } });
    expect(decideRequest(fault("transient"), moment).kind).toBe("retry");
    expect(decideRequest(fault("rate_limited"), moment).kind).toBe("defer");
    const { fact } = onlyFact(decideRequest(fault("consent_lost"), moment));
    expect(fact).toMatchObject({ type: "sync.failed", category: "consent_lost" });
    expect(fact.course.active).toBeNull();
  });
});

describe("a request for an account with an active sync", () => {
  it("is coalesced when the active sync covers it", () => {
    const { fact } = onlyFact(decideRequest(givenSituation({ course: running, profile: null }), moment));
    expect(fact).toMatchObject({ type: "sync.coalesced", into: "s0" });
    expect(fact.course.active?.syncId).toBe("s0");
  });

  it("is queued when it asks for more", () => {
    const narrow = givenCourse({ active: givenActive("s0", { scope: { query: "from:x" } }) });
    const { fact } = onlyFact(decideRequest(givenSituation({ course: narrow, profile: null }), moment));
    expect(fact).toMatchObject({ type: "sync.queued", behind: "s0" });
    expect(fact.course.waiting.map((r) => r.syncId)).toEqual(["s1"]);
  });

  it("is queued when the account now wants more of each message than the active sync keeps", () => {
    const situation = givenSituation({ course: running, profile: null, content: "raw" });
    expect(onlyFact(decideRequest(situation, moment)).fact.type).toBe("sync.queued");
  });

  it("is coalesced into a waiting one that covers it", () => {
    const narrow = givenCourse({
      active: givenActive("s0", { scope: { query: "x" } }),
      waiting: [givenRequest("s5")],
    });
    const { fact } = onlyFact(decideRequest(givenSituation({ course: narrow, profile: null }), moment));
    expect(fact).toMatchObject({ type: "sync.coalesced", into: "s5" });
  });

  it("ends as failed when too many wait, so that every request ends", () => {
    const waiting = Array.from({ length: waitingMax }, (_, i) => givenRequest(`w${i}`, { query: `q${i}` }));
    const full = givenCourse({ active: givenActive("s0", { scope: { query: "x" } }), waiting });
    const { fact } = onlyFact(decideRequest(givenSituation({ course: full, profile: null }), moment));
    expect(fact).toMatchObject({ type: "sync.failed", category: "too_many_waiting" });
    expect(fact.course.active?.syncId).toBe("s0");
  });
});

describe("a redelivered request", () => {
  it.each([
    ["is active", givenCourse({ active: givenActive("s1") })],
    ["has ended", givenCourse({ recentSyncIds: ["s1"] })],
    ["waits", givenCourse({ waiting: [givenRequest("s1")] })],
  ])("changes nothing when its sync %s", (_, course) => {
    expect(decideRequest(givenSituation({ course, profile: null }), moment).kind).toBe("ignore");
    expect(willStart(course, "s1")).toBe(false);
  });
});

describe("a request whose sync ran longer ago than the course remembers", () => {
  it("changes nothing", () => {
    expect(decideRequest(givenSituation({ ranBefore: true, profile: null }), moment).kind).toBe("ignore");
  });
});

describe("a request that comes while another waits for its start", () => {
  it("does not pass it: it is coalesced or queued", () => {
    const course = givenCourse({ waiting: [givenRequest("s0", { query: "x" })] });
    expect(willStart(course, "s1")).toBe(false);
    const { fact } = onlyFact(decideRequest(givenSituation({ course, profile: null }), moment));
    expect(fact).toMatchObject({ type: "sync.queued", behind: "s0" });
  });
});

describe("a request that waited", () => {
  it("starts although it was decided to wait before", () => {
    const request = givenRequest("s2", { query: "x" });
    const course = givenCourse({ waiting: [request], recentSyncIds: ["s2"] });
    const { fact } = onlyFact(decideStart(givenSituation({ request, course, courseSeq: 9 }), moment));
    expect(fact).toMatchObject({ type: "sync.started", syncId: "s2" });
    expect(fact.course.waiting).toEqual([]);
  });
});
