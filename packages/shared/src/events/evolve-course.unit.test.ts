import { describe, expect, it } from "vitest";
import { type ActiveSync, accountCourseSchema, idleCourse, recentSyncIdsMax } from "./account-course.ts";
import { coalesceSync, completeSync, failSync, isDecided, queueSync, startSync } from "./evolve-course.ts";

const at = "2026-01-01T00:00:00.000Z";
const sync = (syncId: string): ActiveSync => ({
  syncId,
  mode: "full",
  requestedMode: "auto",
  scope: {},
  chunkSize: 100,
  windowChunks: 8,
  content: "full",
  baseline: "42",
  startedAt: at,
});
const request = (syncId: string) => ({
  syncId,
  mode: "auto" as const,
  trigger: "api" as const,
  requestedAt: at,
});

describe("an account's course", () => {
  it("has one active sync, from its start to its end", () => {
    const running = startSync(idleCourse, sync("s1"));
    expect(running.active?.syncId).toBe("s1");
    expect(completeSync(running, "42").active).toBeNull();
    expect(failSync(running, "s1").active).toBeNull();
  });

  it("moves its watermark only by a completion that brings one", () => {
    const running = startSync({ ...idleCourse, watermark: "7" }, sync("s1"));
    expect(running.watermark).toBe("7");
    expect(failSync(running, "s1").watermark).toBe("7");
    expect(completeSync(running, null).watermark).toBe("7");
    expect(completeSync(running, "42").watermark).toBe("42");
  });

  it("takes a waiting sync off the queue when it starts, and keeps the others in order", () => {
    const waiting = ["s2", "s3"].reduce(
      (course, id) => queueSync(course, request(id)),
      startSync(idleCourse, sync("s1")),
    );
    const next = startSync(completeSync(waiting, null), sync("s2"));
    expect(next.waiting.map((r) => r.syncId)).toEqual(["s3"]);
  });

  it("leaves the active sync alone when another one fails", () => {
    const running = startSync(idleCourse, sync("s1"));
    expect(failSync(running, "s9").active?.syncId).toBe("s1");
  });

  it("remembers what was decided, whatever was decided, within a bound", () => {
    const running = startSync(idleCourse, sync("s1"));
    expect(isDecided(running, "s1")).toBe(true);
    expect(isDecided(completeSync(running, null), "s1")).toBe(true);
    expect(isDecided(coalesceSync(running, "s2"), "s2")).toBe(true);
    expect(isDecided(queueSync(running, request("s2")), "s2")).toBe(true);
    expect(isDecided(failSync(idleCourse, "s2"), "s2")).toBe(true);
    expect(isDecided(running, "s2")).toBe(false);
    const many = Array.from({ length: 100 }, (_, i) => `c${i}`).reduce(coalesceSync, running);
    expect(many.recentSyncIds).toHaveLength(recentSyncIdsMax);
    expect(accountCourseSchema.safeParse(many).success).toBe(true);
  });
});
