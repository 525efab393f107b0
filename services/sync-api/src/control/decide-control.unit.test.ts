import { type AccountCourse, idleCourse, waitingMax } from "@millrace/shared/events/account-course";
import {
  endSync,
  holdSync,
  isDecided,
  isPaused,
  loseConsent,
  queueSync,
  removeAccount,
  startSync,
} from "@millrace/shared/events/evolve-course";
import { factSchema } from "@millrace/shared/events/facts";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { describe, expect, test } from "vitest";
import type { SyncStatus } from "../resources/sync.ts";
import {
  type ControlAction,
  type ControlDecision,
  type ControlSituation,
  decideControl,
} from "./decide-control.ts";

const nowMs = Date.parse("2026-03-01T10:00:00.000Z");
const since = "2026-03-01T09:00:00.000Z";
const syncId = "syn_1";

const requestOf = (id: string): AcceptedRequest => ({
  syncId: id,
  mode: "full",
  trigger: "api",
  requestedAt: since,
});
const running = startSync(idleCourse, {
  syncId,
  mode: "full",
  requestedMode: "full",
  scope: {},
  chunkSize: 100,
  windowChunks: 8,
  content: "full",
  startedAt: since,
  run: 3,
  plan: ["listing", "reconcile", "changes"],
  since: null,
  round: 0,
  joined: 0,
  pausedMs: 0,
});
const queued = queueSync(
  startSync(idleCourse, { ...active(running), syncId: "syn_other" }),
  requestOf(syncId),
);

function active(course: AccountCourse) {
  if (course.active === null) throw new Error("nothing is active");
  return course.active;
}

const decide = (action: ControlAction, given: Partial<ControlSituation>): ControlDecision =>
  decideControl(action, {
    syncId,
    course: running,
    viewed: "running",
    request: requestOf(syncId),
    endedAs: null,
    nowMs,
    ...given,
  });

function appended(decision: ControlDecision) {
  if (decision.kind !== "append") throw new Error(`${decision.kind}: ${JSON.stringify(decision)}`);
  factSchema.parse(decision.fact); // the log takes it
  return decision;
}

const ends: readonly SyncStatus[] = ["completed", "partial", "failed", "cancelled", "coalesced"];
const over = endSync(running, syncId);

describe("pause", () => {
  test.each([
    ["running", running],
    ["queued", queued],
  ] as const)("given it is %s, it is held until somebody resumes it", (_, course) => {
    const { fact, status } = appended(decide("pause", { course }));
    expect(fact).toMatchObject({ type: "sync.paused", reason: "requested", request: null });
    expect(status).toBe("paused");
    expect(fact.course.held).toEqual([{ syncId, since: "2026-03-01T10:00:00.000Z" }]);
    expect(fact.course.active).toEqual(course.active);
  });

  test("given it was only requested, its request waits held, and the message that brings it finds it decided", () => {
    const { fact } = appended(decide("pause", { course: idleCourse, viewed: "requested" }));
    expect(fact).toMatchObject({ request: { syncId }, course: { active: null, waiting: [{ syncId }] } });
    expect(isPaused(fact.course, syncId) && isDecided(fact.course, syncId)).toBe(true);
  });

  test("given it was only requested and the queue is full, it is refused", () => {
    let course: AccountCourse = running;
    for (let i = 0; i < waitingMax; i++) course = queueSync(course, requestOf(`syn_w${i}`));
    expect(decide("pause", { syncId: "syn_new", course, viewed: "requested" })).toMatchObject({
      code: "too_many_waiting",
    });
  });

  test("given it is held, nothing happens", () => {
    expect(decide("pause", { course: holdSync(running, syncId, since) })).toEqual({
      kind: "nothing",
      status: "paused",
    });
  });

  test("given it pauses for lost consent, it is held as well: connecting the mailbox does not resume it", () => {
    const course = loseConsent(running, since, "refused");
    const { fact } = appended(decide("pause", { course }));
    expect(fact.course).toMatchObject({ held: [{ syncId }], consentLost: { since } });
  });
});

describe("resume", () => {
  test("given it is held and running, its work is planned anew in a new run", () => {
    const { fact, status } = appended(decide("resume", { course: holdSync(running, syncId, since) }));
    expect(fact).toMatchObject({ type: "sync.resumed", course: { held: [], active: { run: 4 } } });
    expect(status).toBe("running");
  });

  test("given it is held and waits, it waits on", () => {
    const { fact, status } = appended(decide("resume", { course: holdSync(queued, syncId, since) }));
    expect(fact.course.held).toEqual([]);
    expect(status).toBe("queued");
  });

  test("given it pauses for lost consent, the mailbox is tried again", () => {
    const course = loseConsent(running, since, "refused");
    expect(appended(decide("resume", { course })).fact.course.consentLost).toBeNull();
  });

  test.each([
    ["running", running, "running"],
    ["queued", queued, "queued"],
    ["requested", idleCourse, "requested"],
  ] as const)("given it is %s, nothing happens", (viewed, course, status) => {
    expect(decide("resume", { course, viewed })).toEqual({ kind: "nothing", status });
  });
});

describe("cancel", () => {
  test.each([
    ["running", running],
    ["queued", queued],
    ["paused", holdSync(running, syncId, since)],
    ["paused", loseConsent(queued, since, "refused")],
  ] as const)("given it is %s, it ends, and nothing of it is left", (viewed, course) => {
    const { fact, status } = appended(decide("cancel", { course, viewed }));
    expect(fact).toMatchObject({ type: "sync.cancelled", request: null });
    expect(status).toBe("cancelled");
    expect(fact.course.active?.syncId).not.toBe(syncId);
    expect([...fact.course.waiting, ...fact.course.held].map((one) => one.syncId)).not.toContain(syncId);
    expect(isDecided(fact.course, syncId)).toBe(true);
  });

  test("given it was only requested, the message that brings it finds it decided", () => {
    const { fact } = appended(decide("cancel", { course: running, syncId: "syn_new", viewed: "requested" }));
    expect(fact).toMatchObject({ request: { syncId }, course: { active: { syncId } } });
    expect(isDecided(fact.course, "syn_new")).toBe(true);
  });

  test("given the log has lost it, it ends all the same", () => {
    const { fact } = appended(decide("cancel", { course: idleCourse, viewed: "running" }));
    expect(fact).toMatchObject({ type: "sync.cancelled", request: { syncId } });
  });

  test("given it was cancelled, nothing happens, also while the views do not know", () => {
    const nothing = { kind: "nothing", status: "cancelled" };
    expect(decide("cancel", { course: over, viewed: "cancelled" })).toEqual(nothing);
    expect(decide("cancel", { course: over, viewed: "running", endedAs: "cancelled" })).toEqual(nothing);
  });
});

describe("retry", () => {
  test("given it is running, its work is planned anew at once", () => {
    expect(appended(decide("retry", {})).fact).toMatchObject({
      type: "sync.resumed",
      course: { active: { run: 4 } },
    });
  });

  test("given it pauses, it resumes", () => {
    const { fact } = appended(
      decide("retry", { course: holdSync(running, syncId, since), viewed: "paused" }),
    );
    expect(fact).toMatchObject({ type: "sync.resumed", course: { held: [] } });
  });

  test("given it waits for another one, nothing happens", () => {
    expect(decide("retry", { course: queued, viewed: "queued" })).toEqual({
      kind: "nothing",
      status: "queued",
    });
  });

  test("given it was only requested, its request is published again", () => {
    expect(decide("retry", { course: idleCourse, viewed: "requested" })).toEqual({
      kind: "publish",
      request: requestOf(syncId),
    });
  });

  test("given it is partial, its dead letters are redriven", () => {
    expect(decide("retry", { course: over, viewed: "partial" })).toEqual({ kind: "redrive" });
    expect(decide("retry", { course: over, viewed: "running", endedAs: "partial" })).toEqual({
      kind: "redrive",
    });
  });

  test.each(["failed", "cancelled"] as const)("given it has %s, a new sync is asked for", (viewed) => {
    expect(decide("retry", { course: over, viewed })).toEqual({ kind: "ask_anew", status: viewed });
  });

  test("given it has ended and nobody knows how, it is refused for now", () => {
    expect(decide("retry", { course: over })).toMatchObject({ kind: "refuse", code: "view_behind" });
  });
});

describe("refused with what to do instead", () => {
  test.each(ends.flatMap((end) => (["pause", "resume"] as const).map((action) => [action, end] as const)))(
    "%s of one that is %s",
    (action, viewed) => {
      expect(decide(action, { course: over, viewed })).toMatchObject({ code: "sync_ended" });
      expect(decide(action, { course: over, viewed: "running" })).toMatchObject({ code: "sync_ended" });
    },
  );
  test.each(ends.filter((end) => end !== "cancelled"))("cancel of one that is %s", (viewed) => {
    expect(decide("cancel", { course: over, viewed })).toMatchObject({ code: "sync_ended" });
  });
  test.each(["completed", "coalesced"] as const)("retry of one that is %s", (viewed) => {
    expect(decide("retry", { course: over, viewed })).toMatchObject({ code: "sync_ended" });
  });
  test.each(["pause", "resume", "retry"] as const)("%s of one that the log has lost", (action) => {
    const lost = { course: idleCourse, viewed: "running" as const };
    expect(decide(action, lost)).toMatchObject({ code: "log_restoring" });
  });
});

describe("of an account that is being removed", () => {
  test.each(["pause", "resume", "cancel", "retry"] as const)("nothing can be wished: %s", (action) => {
    const course = removeAccount(running, { requestedAt: since, requestId: "req-1" });
    for (const viewed of ["running", "requested", "cancelled"] as const)
      expect(decide(action, { course, viewed })).toMatchObject({ kind: "refuse", code: "account_removing" });
  });
});
