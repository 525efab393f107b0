import type { Event } from "@millrace/client";
import { expect, test } from "vitest";
import { timelineOf } from "./timeline-entries.ts";

let made = 0;
/** Facts a second apart. */
function happened(type: string, fact: Record<string, unknown> = {}): Event {
  made += 1;
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, made)).toISOString();
  return { version: `1-${made}`, type, fact, time } as unknown as Event;
}
const failed = (chunkIndex: number, message = "unavailable", category = "transient") =>
  happened("chunk.attempt_failed", { chunkIndex, attempt: 1, category, message });
const fetched = () => happened("chunk.fetched", { ledger: { stored: 10 } });
const shown = (events: readonly Event[]) => timelineOf(events).map(({ title, detail }) => [title, detail]);

test("attempts that failed alike become one entry, with its first and last, although chunks were fetched between them", () => {
  const events = [happened("sync.started")];
  for (let chunk = 0; chunk < 40; chunk++) events.push(failed(chunk), fetched());
  events.push(happened("sync.completed", { ledger: { listed: 400 } }));
  const entries = timelineOf(events);
  expect(shown(events)).toEqual([
    ["Started", null],
    ["Attempt failed ×40", "Temporary fault. unavailable"],
    ["Mail fetched", "40 chunks fetched, 400 messages stored"],
    ["Completed", "400 messages"],
  ]);
  const folded = entries[1]?.folded ?? [];
  expect(folded).toHaveLength(40);
  expect(folded[0]).toMatchObject({ place: "Chunk 0, attempt 1", at: events[1]?.time });
  expect(folded.at(-1)).toMatchObject({ place: "Chunk 39, attempt 1", at: events[79]?.time });
  expect(entries[1]?.at).toBe(events[79]?.time);
});

test("what failed otherwise is told apart, one alone says where, and what lies between stretches parts them", () => {
  const before = [failed(1), failed(2), failed(3, "slow down", "rate_limited"), failed(4)];
  expect(shown([...before, happened("sync.paused", { message: "by hand" }), failed(1)])).toEqual([
    ["Attempt failed", "Chunk 3, attempt 1: Rate limited. slow down"],
    ["Attempt failed ×3", "Temporary fault. unavailable"],
    ["Paused", "by hand"],
    ["Attempt failed", "Chunk 1, attempt 1: Temporary fault. unavailable"],
  ]);
});

test("chunks that are abandoned after a cancellation become one entry, and one alone says which", () => {
  const abandoned = (chunkIndex: number) => happened("chunk.abandoned", { chunkIndex });
  const events = [happened("sync.cancelled"), abandoned(4), fetched(), abandoned(7)];
  expect(shown(events)).toEqual([
    ["Cancelled", null],
    ["Mail fetched", "1 chunk fetched, 10 messages stored"],
    ["Chunk abandoned ×2", null],
  ]);
  expect(timelineOf(events)[2]?.folded.map(({ place }) => place)).toEqual(["Chunk 4", "Chunk 7"]);
  expect(shown([abandoned(4)])).toEqual([["Chunk abandoned", "Chunk 4"]]);
});

test("the end of a partial sync is not called complete", () => {
  const end = (status: string) =>
    happened("sync.completed", { status, ledger: { listed: 400, deadLettered: 4 } });
  expect(shown([end("completed")])).toEqual([["Completed", "400 messages"]]);
  expect(shown([end("partial")])).toEqual([
    ["Completed, but for dead letters", "400 messages, 4 of them dead letters"],
  ]);
});

test("attempts say which is the last one, where that is known", () => {
  const alike = (attempt: number, setAsideAt: number) =>
    happened("chunk.attempt_failed", {
      chunkIndex: 2,
      attempt,
      setAsideAt,
      category: "transient",
      message: "no JSON",
    });
  const last = "chunk 2, attempt 31, set aside after attempt 38";
  expect(shown([alike(31, 38)])).toEqual([
    ["Attempt failed", `${last.replace("c", "C")}: Temporary fault. no JSON`],
  ]);
  const sentence = alike(31, 38);
  sentence.fact.message = "It failed.";
  expect(shown([sentence, sentence])).toEqual([
    ["Attempt failed ×2", `Temporary fault. It failed. Last: ${last.replace("c", "C")}`],
  ]);
  expect(shown([alike(30, 38), alike(31, 38)])).toEqual([
    ["Attempt failed ×2", `Temporary fault. no JSON. Last: ${last.replace("c", "C")}`],
  ]);
});

test("an entry is the same one while more of its kind come, so it stays open", () => {
  const events = [failed(1), failed(2)];
  const [two] = timelineOf(events);
  const [three] = timelineOf([...events, failed(3)]);
  expect(three?.key).toBe(two?.key);
  expect(three?.title).toBe("Attempt failed ×3");
});
