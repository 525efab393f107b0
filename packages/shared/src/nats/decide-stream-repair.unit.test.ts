import { nanos } from "@nats-io/transport-node";
import { expect, it } from "vitest";
import { decideStreamRepair } from "./decide-stream-repair.ts";
import type { Difference } from "./ensure-topology.ts";

const now = Date.parse("2026-11-30T00:00:00Z");
const found = { state: { bytes: 1_000, messages: 5, first_ts: "2026-11-01T00:00:00Z" } };
const decide = (...differences: Difference[]) => decideStreamRepair(differences, found, now);
const days = (n: number) => nanos(n * 86_400_000);

it.each<[string, Difference]>([
  ["a limit that is raised again", ["max_bytes", 2_000, 1_500]],
  ["a limit that is lowered and still holds all", ["max_bytes", 1_000, 5_000]],
  ["an age that no message has reached", ["max_age", days(35), 0]],
  ["no age at all", ["max_age", 0, days(1)]],
  ["subjects", ["subjects", ["a"], ["b"]]],
  ["how it refuses", ["discard", "new", "old"]],
])("%s is put right", (_what, difference) => {
  expect(decide(difference)).toEqual({ set: { [difference[0]]: difference[1] }, left: [] });
});

it.each<[string, Difference, RegExp]>([
  ["a limit that is smaller than what is there", ["max_bytes", 999, 5_000], /holds more/],
  ["an age that messages have passed", ["max_age", days(28), days(90)], /older/],
  ["copies", ["num_replicas", 3, 1], /moved between servers/],
  ["what keeps it", ["storage", "file", "memory"], /makes the stream anew/],
])("%s is left, with the reason", (_what, difference, why) => {
  const { set, left } = decide(difference, ["duplicate_window", 1, 2]);
  expect(set).toEqual({ duplicate_window: 1 });
  expect(left).toEqual([{ field: difference[0], why: expect.stringMatching(why) }]);
});
