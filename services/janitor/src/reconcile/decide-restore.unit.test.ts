import {
  type AccountCourse,
  accountCourseSchema,
  recentSyncIdsMax,
  waitingMax,
} from "@millrace/shared/events/account-course";
import { at, givenActive, givenCourse, givenRequest } from "@millrace/shared/testing/given";
import { describe, expect, it } from "vitest";
import { decideRestore, type KnownCourse, type RestoreSituation } from "./decide-restore.ts";

const later = "2026-01-01T01:00:00.000Z";
const nowMs = Date.parse("2026-01-01T02:00:00.000Z");
/** The newest fact that Postgres knows of happened between the two. */
const knownCourse = (course: AccountCourse): KnownCourse => ({
  course,
  atMs: Date.parse("2026-01-01T00:30:00.000Z"),
});
const known = (more: Partial<AccountCourse>): KnownCourse => knownCourse(givenCourse(more));

const restore = (more: Partial<RestoreSituation>) => {
  const restored = decideRestore({
    known: null,
    logged: givenCourse(),
    unended: [],
    ended: new Set(),
    nowMs,
    ...more,
  });
  expect(restored === null || accountCourseSchema.safeParse(restored.course).success).toBe(true);
  return restored;
};
const requests = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => givenRequest(`${name}${i}`));
const idsOf = (syncs: readonly { readonly syncId: string }[] | undefined) =>
  syncs?.map(({ syncId }) => syncId);

describe("a log that lost everything of an account", () => {
  const before = givenCourse({
    active: givenActive("s1", { run: 3 }),
    waiting: [givenRequest("s2"), givenRequest("s3")],
    held: [{ syncId: "s2", since: at }],
    recentSyncIds: ["s0", "s1", "s2", "s3"],
    watermark: "42",
  });
  const unended = [givenRequest("s1"), givenRequest("s2"), givenRequest("s3")];

  it("gets back what Postgres knows, in a run that is later than any that was", () => {
    const restored = restore({ known: knownCourse(before), unended });
    expect(restored?.syncIds).toEqual(["s1", "s2", "s3"]);
    expect(restored?.course).toEqual({ ...before, active: givenActive("s1", { run: nowMs }) });
  });

  it("has a run later than any that was, also when the clock stands still", () => {
    const far = known({ active: givenActive("s1", { run: nowMs + 5 }) });
    expect(restore({ known: far, unended })?.course.active?.run).toBe(nowMs + 6);
  });

  it("does not get back what has ended since the course that Postgres knows", () => {
    const restored = restore({ known: knownCourse(before), unended: [givenRequest("s3")] });
    expect([restored?.course.active, idsOf(restored?.course.waiting)]).toEqual([null, ["s3"]]);
    expect(restored?.course.held).toEqual([]);
  });

  it("has its syncs start anew when Postgres has no course of it", () => {
    const restored = restore({ unended: unended.slice(0, 2) });
    expect([restored?.course.active, idsOf(restored?.course.waiting)]).toEqual([null, ["s1", "s2"]]);
  });

  it("lets a lost sync wait when another has started since", () => {
    const restored = restore({
      known: known({ active: givenActive("s1") }),
      logged: givenCourse({ active: givenActive("s9") }),
      unended: [givenRequest("s1")],
    });
    expect([restored?.course.active?.syncId, idsOf(restored?.course.waiting)]).toEqual(["s9", ["s1"]]);
  });

  it("gets back a lost consent and a watermark, also of an idle account", () => {
    const consentLost = { since: at, message: "connect it again" };
    expect(restore({ known: known({ consentLost }) })?.course.consentLost).toEqual(consentLost);
    expect(restore({ known: known({ watermark: "42" }) })?.course.watermark).toBe("42");
  });
});

describe("a log that was restored from an older copy", () => {
  const logged = givenCourse({ active: givenActive("s1"), recentSyncIds: ["s1"], watermark: "40" });
  const unended = [givenRequest("s1")];

  it("and lacks nothing is left alone", () => {
    expect(restore({ known: knownCourse(logged), logged, unended })).toBeNull();
    expect(restore({ logged, unended })).toBeNull();
    expect(restore({ logged, unended: [] })).toBeNull();
  });

  it("keeps the sync that it has active; a later one waits for it", () => {
    const restored = restore({
      known: known({ active: givenActive("s2"), watermark: "40" }),
      logged,
      unended: [...unended, givenRequest("s2")],
    });
    expect(restored?.course).toMatchObject({
      active: { syncId: "s1", run: nowMs },
      waiting: [{ syncId: "s2" }],
    });
    expect(restored?.syncIds).toEqual(["s2"]);
  });

  it("forgets a sync that has ended since, whether or not another followed", () => {
    const ended = new Set(["s1"]);
    const next = known({ active: givenActive("s2"), recentSyncIds: ["s1", "s2"], watermark: "42" });
    expect(restore({ known: next, logged, unended: [givenRequest("s2")], ended })?.course).toMatchObject({
      active: { syncId: "s2" },
      waiting: [],
      watermark: "42",
    });
    const idle = known({ recentSyncIds: ["s1"], watermark: "42" });
    expect(restore({ known: idle, logged, ended })?.course).toMatchObject({ active: null, watermark: "42" });
  });

  it("gets back a pause, a lost consent and a watermark that it lacks", () => {
    const held = [{ syncId: "s1", since: at }];
    const back = (more: Partial<AccountCourse>) =>
      restore({ known: knownCourse({ ...logged, ...more }), logged, unended })?.course;
    expect(back({ held })?.held).toEqual(held);
    expect(back({ watermark: "42" })?.watermark).toBe("42");
    const consentLost = { since: at, message: "" };
    expect(back({ consentLost })?.consentLost).toEqual(consentLost);
  });

  it("takes a pause for ended that was ended since, and a lost consent for regained", () => {
    const older = {
      ...logged,
      held: [{ syncId: "s1", since: at }],
      consentLost: { since: at, message: "" },
    };
    const restored = restore({ known: knownCourse(logged), logged: older, unended });
    expect(restored?.course).toMatchObject({ held: [], consentLost: null });
  });

  it("keeps what was paused, and what consent was lost, after the loss", () => {
    const younger = {
      ...logged,
      held: [{ syncId: "s1", since: later }],
      consentLost: { since: later, message: "" },
    };
    const restored = restore({ known: known({ ...logged, watermark: "42" }), logged: younger, unended });
    expect(restored?.course).toMatchObject({ held: younger.held, consentLost: { since: later } });
  });

  it("keeps no pause of what is not under way any more", () => {
    const restored = restore({
      known: known({ held: [{ syncId: "s9", since: at }], watermark: "42" }),
      logged,
      unended,
    });
    expect(restored?.course.held).toEqual([]);
  });

  it("is believed that a sync has ended of which Postgres has not heard yet", () => {
    const decided = givenCourse({ recentSyncIds: ["s1"] });
    const running = known({ active: givenActive("s1"), recentSyncIds: ["s1"] });
    expect(restore({ known: running, logged: decided, unended })).toBeNull();
  });

  it("remembers what either has decided, within a bound", () => {
    const ids = (name: string) => Array.from({ length: 20 }, (_, i) => `${name}${i}`);
    const restored = restore({
      known: known({ recentSyncIds: ids("k"), watermark: "42" }),
      logged: givenCourse({ recentSyncIds: [...ids("l"), "k19"] }),
    });
    expect(restored?.course.recentSyncIds).toHaveLength(recentSyncIdsMax);
    expect(restored?.course.recentSyncIds.slice(-20)).toEqual(ids("l"));
  });
});

describe("more lost syncs than may wait", () => {
  const logged = givenCourse({ active: givenActive("s1"), waiting: requests(10, "l") });
  const unended = [givenRequest("s1"), ...logged.waiting, ...requests(10, "lost")];
  const before = known({ recentSyncIds: unended.map(({ syncId }) => syncId) });

  it("wait as far as there is room; the others are neither restored nor taken for decided", () => {
    const restored = restore({ known: before, logged, unended });
    expect(restored?.course.waiting).toHaveLength(waitingMax);
    expect(restored?.syncIds).toEqual(["lost0", "lost1", "lost2", "lost3", "lost4", "lost5"]);
    expect(restored?.course.recentSyncIds).not.toContain("lost6");
  });

  it("are restored one after the other as there is room, and nothing is planned anew until then", () => {
    const full = restore({ known: before, logged, unended })?.course ?? givenCourse();
    expect(restore({ logged: full, unended })).toBeNull();
    const one = { ...full, waiting: full.waiting.slice(1) };
    const rest = unended.filter(({ syncId }) => syncId !== full.waiting[0]?.syncId);
    expect(restore({ logged: one, unended: rest })?.syncIds).toEqual(["lost6"]);
  });
});

describe("an account that is to be removed, or was", () => {
  const removal = { requestedAt: at, requestId: "req-1" };
  const removed = { ...removal, removedAt: later };
  const running = givenCourse({ active: givenActive("s1"), watermark: "42" });

  it("stays so when the log has lost that: nothing of an older copy goes on", () => {
    for (const its of [removal, removed]) {
      const restored = restore({
        known: known({ removal: its }),
        logged: running,
        unended: [givenRequest("s1")],
      });
      expect(restored).toMatchObject({ syncIds: [], course: { active: null, waiting: [], watermark: null } });
      expect(restored?.course.removal).toEqual(its);
    }
  });

  it("is set right once, and stays removed when Postgres knows only that it was asked for", () => {
    for (const its of [removal, removed])
      expect(restore({ known: known({ removal }), logged: givenCourse({ removal: its }) })).toBeNull();
    expect(restore({ logged: givenCourse({ removal }), unended: [givenRequest("s9")] })).toBeNull();
  });
});
