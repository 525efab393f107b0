import { describe, expect, it } from "vitest";
import { judgeStuck, type OpenSync } from "./stuck-syncs.ts";

const open = (status: string, how: "http" | "event", acceptedAtMs: number): OpenSync => ({
  sync: { id: "syn_1", tenantId: "t", accountId: "a", how, acceptedAtMs },
  status,
});
const wipes = [100_000];

describe("a sync that has not ended", () => {
  it.each([
    ["ran", open("running", "event", 99_000), wipes],
    ["was accepted over HTTP: Postgres knew of it", open("unknown", "http", 99_000), wipes],
    ["was accepted after the wipe", open("unknown", "event", 100_001), wipes],
    ["was accepted long before the wipe", open("unknown", "event", 60_000), wipes],
    ["was accepted in a run without wipes", open("unknown", "event", 99_000), []],
  ])("is stuck when it %s", (_, sync, wipesAtMs) => {
    expect(judgeStuck([sync], wipesAtMs)).toEqual({ stuck: [sync], lostWithBroker: [] });
  });

  it("is not when the broker was wiped before anybody had read its event", () => {
    const sync = open("unknown", "event", 99_000);
    expect(judgeStuck([sync], wipes)).toEqual({ stuck: [], lostWithBroker: [sync] });
  });
});
