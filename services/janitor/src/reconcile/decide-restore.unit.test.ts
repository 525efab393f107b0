import { type AccountCourse, type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";
import { describe, expect, it } from "vitest";
import { decideRestore, type RestoreSituation } from "./decide-restore.ts";

const at = "2026-01-01T00:00:00.000Z";
const later = "2026-01-01T01:00:00.000Z";
const atMs = Date.parse("2026-01-01T00:30:00.000Z");
const nowMs = Date.parse("2026-01-01T02:00:00.000Z");

const active = (syncId: string, run = 0): ActiveSync => ({
  syncId,
  mode: "full",
  requestedMode: "auto",
  scope: {},
  chunkSize: 2,
  windowChunks: 4,
  content: "full",
  startedAt: at,
  run,
});
const request = (syncId: string): AcceptedRequest => ({
  syncId,
  mode: "auto",
  trigger: "api",
  requestedAt: at,
});
const course = (more: Partial<AccountCourse>): AccountCourse => ({ ...idleCourse, ...more });
const known = (more: Partial<AccountCourse>) => ({ course: course(more), atMs });

const restore = (more: Partial<RestoreSituation>) =>
  decideRestore({ known: null, logged: idleCourse, unended: [], ended: new Set(), nowMs, ...more });

describe("a log that has lost everything", () => {
  it("gets the active sync back, in a run later than any that may have been, with its pause and those that wait", () => {
    const restored = restore({
      known: known({
        active: active("s1", 3),
        waiting: [request("s2")],
        held: [{ syncId: "s1", since: at }],
        watermark: "7",
      }),
      unended: [request("s1"), request("s2")],
    });
    expect(restored?.syncIds).toEqual(["s1", "s2"]);
    expect(restored?.course).toMatchObject({
      active: { syncId: "s1", run: nowMs },
      held: [{ syncId: "s1" }],
      watermark: "7",
    });
    expect(restored?.course.waiting.map(({ syncId }) => syncId)).toEqual(["s2"]);
  });

  it("lets a lost sync wait when another has started since", () => {
    const restored = restore({
      known: known({ active: active("s1") }),
      logged: course({ active: active("s9") }),
      unended: [request("s1")],
    });
    expect(restored?.course.active?.syncId).toBe("s9");
    expect(restored?.course.waiting.map(({ syncId }) => syncId)).toEqual(["s1"]);
  });
});

describe("a log that was restored from an older copy", () => {
  it("forgets a sync that has ended since", () => {
    const restored = restore({
      known: known({ active: active("s2"), recentSyncIds: ["s1", "s2"], watermark: "9" }),
      logged: course({ active: active("s1"), recentSyncIds: ["s1"], watermark: "7" }),
      unended: [request("s2")],
      ended: new Set(["s1"]),
    });
    expect(restored?.course).toMatchObject({ active: { syncId: "s2" }, waiting: [], watermark: "9" });
  });

  it("and one that has ended while nothing followed", () => {
    const restored = restore({
      known: known({ recentSyncIds: ["s1"], watermark: "9" }),
      logged: course({ active: active("s1") }),
      ended: new Set(["s1"]),
    });
    expect(restored?.course).toMatchObject({ active: null, watermark: "9" });
  });

  it("takes a pause for ended that was ended since, and a lost consent for regained", () => {
    const logged = course({
      active: active("s1"),
      held: [{ syncId: "s1", since: at }],
      consentLost: { since: at, message: "x" },
    });
    const restored = restore({ known: known({ active: active("s1", 1) }), logged, unended: [request("s1")] });
    expect(restored?.course).toMatchObject({ held: [], consentLost: null });
  });

  it("keeps what was paused after the loss", () => {
    const logged = course({
      active: active("s1"),
      held: [{ syncId: "s1", since: later }],
      consentLost: { since: later, message: "x" },
    });
    const restored = restore({
      known: known({ active: active("s1", 1), watermark: "9" }),
      logged,
      unended: [request("s1")],
    });
    expect(restored?.course).toMatchObject({
      held: [{ syncId: "s1" }],
      consentLost: { since: later },
      watermark: "9",
    });
  });
});

describe("a log that lacks nothing", () => {
  it("is left alone", () => {
    const logged = course({ active: active("s1"), waiting: [request("s2")], watermark: "9" });
    const unended = [request("s1"), request("s2")];
    expect(restore({ logged, unended })).toBeNull();
    expect(restore({ logged, unended, known: { course: logged, atMs } })).toBeNull();
  });

  it("but for a sync that only the views know, which then waits", () => {
    expect(restore({ unended: [request("s1")] })?.course.waiting.map(({ syncId }) => syncId)).toEqual(["s1"]);
  });
});
