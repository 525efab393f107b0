import { describe, expect, it } from "vitest";
import { compareVersions, regressionsOf, type ShownSync } from "./progress-mark.ts";

const sync = (version: string, more: Partial<ShownSync["progress"]> = {}, status = "running"): ShownSync => ({
  id: "syn_1",
  status,
  version,
  progress: {
    listed: 500,
    settled: 200,
    handled: 250,
    chunksListed: 5,
    chunksSettled: 2,
    listingComplete: false,
    ...more,
  },
});

describe("a watcher who sees a sync", () => {
  it("for the first time, the same again, or further on, sees nothing go backwards", () => {
    expect(regressionsOf(null, sync("1-7"), false)).toEqual([]);
    expect(regressionsOf(sync("1-7"), sync("1-7"), false)).toEqual([]);
    expect(regressionsOf(sync("1-7"), sync("1-9", { settled: 300, listingComplete: true }), false)).toEqual(
      [],
    );
    expect(regressionsOf(sync("1-900"), sync("2-3"), false)).toEqual([]);
  });

  it.each([
    ["an older version", sync("1-10"), sync("1-9"), /version 1-10 → 1-9/],
    ["an older epoch", sync("2-1"), sync("1-900"), /version/],
    ["fewer settled", sync("1-7"), sync("1-8", { settled: 199 }), /settled 200 → 199/],
    ["fewer dealt with", sync("1-7"), sync("1-8", { settled: 240, handled: 249 }), /handled 250 → 249/],
    ["fewer listed", sync("1-7"), sync("1-8", { listed: 499 }), /listed 500 → 499/],
    ["fewer chunks", sync("1-7"), sync("1-8", { chunksSettled: 1 }), /chunksSettled/],
    ["a listing undone", sync("1-7", { listingComplete: true }), sync("1-8"), /listingComplete/],
    ["it run after its end", sync("1-7", {}, "completed"), sync("1-8"), /status completed → running/],
  ])("with %s sees it go backwards", (_, before, now, what) => {
    expect(regressionsOf(before, now, false).join()).toMatch(what);
  });

  it("run again after it was retried finds nothing wrong with that", () => {
    expect(regressionsOf(sync("1-7", {}, "failed"), sync("1-8"), true)).toEqual([]);
  });
});

describe("versions", () => {
  it("are compared as numbers, the epoch first", () => {
    expect(compareVersions("1-10", "1-9")).toBeGreaterThan(0);
    expect(compareVersions("2-0", "1-10")).toBeGreaterThan(0);
    expect(compareVersions("1-9", "1-9")).toBe(0);
  });
});
