import { describe, expect, it } from "vitest";
import { judgeStuck, type OpenSync, type Wipe } from "./stuck-syncs.ts";

const open = (status: string, how: "http" | "event", acceptedAtMs: number): OpenSync => ({
  sync: { id: "syn_1", tenantId: "t", accountId: "a", how, acceptedAtMs },
  status,
});
const wipeOf = (...syncIds: string[]): Wipe[] => [
  { beganAtMs: 100_000, endedAtMs: 100_200, syncIds: new Set(syncIds) },
];

describe("a sync that has not ended", () => {
  it.each([
    ["ran", open("running", "event", 99_000), wipeOf("syn_1")],
    ["was accepted over HTTP: Postgres knew of it", open("unknown", "http", 99_000), wipeOf("syn_1")],
    ["was accepted after the wipe", open("unknown", "event", 100_201), wipeOf("syn_2")],
    ["was in no stream when the wipe began", open("unknown", "event", 99_999), wipeOf("syn_2")],
    ["was accepted in a run without wipes", open("unknown", "event", 99_000), []],
  ])("is stuck when it %s", (_, sync, wipes) => {
    expect(judgeStuck([sync], wipes)).toEqual({ stuck: [sync], lostWithBroker: [] });
  });

  it.each([
    [
      "it was in a stream that was deleted, and nowhere else",
      open("unknown", "event", 50_000),
      wipeOf("syn_1"),
    ],
    ["it came while the stream was deleted", open("unknown", "event", 100_100), wipeOf()],
  ])("is not when %s", (_, sync, wipes) => {
    expect(judgeStuck([sync], wipes)).toEqual({ stuck: [], lostWithBroker: [sync] });
  });
});
