import { describe, expect, it } from "vitest";
import { covers } from "./covers.ts";

const all = { content: "full", mode: "full" } as const;

describe("a sync covers a request", () => {
  it("when it takes in the whole mailbox with as much of each message", () => {
    expect(covers(all, all)).toBe(true);
    expect(covers(all, { ...all, query: "x", labelIds: ["INBOX"] })).toBe(true);
    expect(covers({ ...all, content: "raw" }, all)).toBe(true);
  });

  it("but not with less of each message", () => {
    expect(covers({ ...all, content: "metadata" }, all)).toBe(false);
  });

  it("but not when it is narrower, or another part", () => {
    expect(covers({ ...all, scope: { query: "x" } }, all)).toBe(false);
    expect(covers({ ...all, scope: { query: "x" } }, { ...all, query: "y" })).toBe(false);
    expect(covers({ ...all, scope: { query: "x" } }, { ...all, query: "x" })).toBe(true);
    expect(covers({ ...all, scope: { labelIds: ["A", "B"] } }, { ...all, labelIds: ["A"] })).toBe(false);
    expect(covers({ ...all, scope: { labelIds: ["A"] } }, { ...all, labelIds: ["A", "B"] })).toBe(true);
  });

  it("but not when either repairs: that takes in exactly what was found", () => {
    expect(covers({ ...all, repairOf: "ver_1" }, all)).toBe(false);
    expect(covers(all, { ...all, repairOf: "ver_1" })).toBe(false);
    expect(covers({ ...all, repairOf: "ver_1" }, { ...all, repairOf: "ver_1" })).toBe(false);
  });

  it("but not when it began before the time from which the request has to look anew", () => {
    const began = { ...all, startedAt: "2026-01-01T00:00:00.000Z" };
    expect(covers(began, { ...all, notBefore: "2026-01-01T00:00:00.001Z" })).toBe(false);
    expect(covers(began, { ...all, notBefore: "2026-01-01T01:00:00+02:00" })).toBe(true);
    expect(covers(all, { ...all, notBefore: "2026-01-01T00:00:00.001Z" })).toBe(true); // it has not begun
  });

  it("when all that is asked for is what has changed, whichever way it finds out", () => {
    const changes = { ...all, mode: "incremental" } as const;
    for (const mode of ["auto", "incremental"] as const) {
      expect(covers(all, { ...all, mode })).toBe(true);
      expect(covers(changes, { ...all, mode })).toBe(true);
    }
  });

  it("but not with changes alone when everything is to be looked at, or a part of it", () => {
    const changes = { ...all, mode: "incremental" } as const;
    expect(covers(changes, all)).toBe(false);
    expect(covers(changes, { ...all, mode: "auto", query: "x" })).toBe(false);
    expect(covers(changes, { ...all, mode: "incremental", labelIds: ["INBOX"] })).toBe(false);
    expect(covers({ ...changes, mode: "auto" }, all)).toBe(false); // it waits, and may become an incremental one
  });
});
