import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import type { Sync, SyncStatus } from "../resources/sync.ts";
import { syncOf } from "../syncs/sync-rows.ts";
import { defaultStreamLimits, type StreamLimits } from "./stream-limits.ts";
import { SyncStream } from "./sync-stream.ts";
import { parseVersion } from "./version.ts";

afterEach(() => {
  vi.useRealTimers();
});

function syncAt(version: string, id = "syn_a", status: SyncStatus = "running", redriving = 0): Sync {
  const position = parseVersion(version) ?? { epoch: 0, seq: 0 };
  return syncOf(
    {
      ...position,
      id,
      status,
      stage: "listing",
      accountId: "acc_a",
      mode: "full",
      requestedMode: "auto",
      trigger: "api",
      scope: {},
      windowChunks: 8,
      movedAt: null,
      chunkSize: 100,
      content: "full",
      watermark: null,
      coalescedInto: null,
      repairOf: null,
      paused: null,
      trouble: null,
      failure: null,
      requestedAt: null,
      pausedMs: 0,
      startedAt: null,
      endedAt: null,
      listed: 0,
      listingComplete: false,
      estimatedTotal: null,
      settled: 0,
      handled: 0,
      stored: 0,
      unchanged: 0,
      gone: 0,
      deadLettered: 0,
      chunksListed: 0,
      chunksSettled: 0,
      redriving,
    },
    { messagesPerMinute: null },
  );
}

function open({
  syncId = null as string | null,
  after = null as string | null,
  ...limits
}: Partial<StreamLimits> & { syncId?: string | null; after?: string | null } = {}) {
  const stream = new SyncStream({
    syncId,
    after: after === null ? null : parseVersion(after),
    awaited: after === null ? null : parseVersion(after),
    limits: { ...defaultStreamLimits, ...limits },
  });
  return stream;
}

/** Everything that a client gets which takes what there is, as `<event> <id>`. */
async function taken(stream: SyncStream): Promise<string[]> {
  let text = "";
  stream.setEncoding("utf8");
  for (;;) {
    const part: string | null = stream.read();
    if (part === null) {
      await sleep(0);
      const more: string | null = stream.read();
      if (more === null) break;
      text += more;
    } else text += part;
  }
  return (
    text.match(/event: .*\nid: .*/g)?.map((match) => match.replace("event: ", "").replace("\nid: ", " ")) ??
    []
  );
}

test("what changed while the snapshot was read is not lost and does not go backwards", async () => {
  const stream = open();
  stream.offer([syncAt("1-7", "syn_b"), syncAt("1-9")]);
  stream.begin([syncAt("1-5", "syn_c"), syncAt("1-8")]);
  expect(await taken(stream)).toEqual(["sync 1-5", "sync 1-9"]);
});

test("nothing up to the version that the client has seen is sent again", async () => {
  const stream = open({ after: "1-9" });
  stream.begin([syncAt("1-8"), syncAt("1-9", "syn_b"), syncAt("1-10", "syn_c")]);
  stream.offer([syncAt("1-9", "syn_b")]);
  expect(await taken(stream)).toEqual(["sync 1-10"]);
});

test("versions compare as numbers, the epoch first", async () => {
  const stream = open({ after: "2-9" });
  stream.begin([syncAt("1-1000"), syncAt("2-10"), syncAt("10-1", "syn_b")]);
  expect(await taken(stream)).toEqual(["sync 2-10", "sync 10-1"]);
});

test("a slow client gets the newest state of each sync, in the order of versions", async () => {
  const stream = open();
  stream.begin([]);
  expect(await taken(stream)).toEqual([]);
  for (let seq = 1; seq <= 1_000; seq++) stream.offer([syncAt(`1-${seq}`, `syn_${seq % 3}`)]);
  const events = await taken(stream);
  expect(events.length).toBeLessThanOrEqual(5); // what was on its way, and one a sync
  expect(events.slice(-3)).toEqual(["sync 1-998", "sync 1-999", "sync 1-1000"]);
});

test("a client that is too slow for the number of syncs loses its stream after a version it can resume from", async () => {
  const stream = open({ syncsMax: 10 });
  stream.begin([]);
  for (let seq = 1; seq <= 50; seq++) stream.offer([syncAt(`1-${seq}`, `syn_${seq}`)]);
  const events = await taken(stream);
  const last = events.length;
  expect(events).toEqual(Array.from({ length: last }, (_, i) => `sync 1-${i + 1}`));
  expect(last).toBeLessThanOrEqual(12);
  expect(stream.readableEnded).toBe(true);
});

test("the watched sync's end is the stream's, and is said", async () => {
  const stream = open({ syncId: "syn_a" });
  stream.begin([syncAt("1-1")]);
  expect(await taken(stream)).toEqual(["sync 1-1"]);
  stream.offer([syncAt("1-2", "syn_a", "coalesced")]);
  expect(await taken(stream)).toEqual(["sync 1-2", "end 1-2"]);
  expect(stream.readableEnded).toBe(true);
});

test("a sync whose dead letters are tried again has its end when none of them is any more", async () => {
  const stream = open({ syncId: "syn_a" });
  stream.begin([syncAt("1-5", "syn_a", "partial", 2)]);
  stream.offer([syncAt("1-6", "syn_a", "partial", 1)]);
  stream.offer([syncAt("1-7", "syn_a", "partial")]);
  expect(await taken(stream)).toEqual(["sync 1-7", "end 1-7"]);
});

test("an end from before what the client knows to be asked for is not the end", async () => {
  const stream = open({ syncId: "syn_a", after: "1-6" });
  stream.begin([syncAt("1-5", "syn_a", "partial")]);
  expect(await taken(stream)).toEqual([]);
  stream.offer([syncAt("1-6", "syn_a", "partial", 1)]);
  expect(await taken(stream)).toEqual([]);
  stream.offer([syncAt("1-7", "syn_a", "completed")]);
  expect(await taken(stream)).toEqual(["sync 1-7", "end 1-7"]);
});

test("a client that has seen the end is only told that it is the end", async () => {
  const stream = open({ syncId: "syn_a", after: "1-2" });
  stream.begin([syncAt("1-2", "syn_a", "completed")]);
  expect(await taken(stream)).toEqual(["end 1-2"]);
});

test("one sync's end does not end a tenant's stream", async () => {
  const stream = open();
  stream.begin([syncAt("1-1", "syn_a", "completed")]);
  stream.offer([syncAt("1-2", "syn_b")]);
  expect(await taken(stream)).toEqual(["sync 1-1", "sync 1-2"]);
  expect(stream.readableEnded).toBe(false);
  stream.destroy();
});

test("heartbeats do not pile up for a client that takes nothing, and then it is let go", async () => {
  vi.useFakeTimers();
  const stream = open({ heartbeatMs: 1_000, stalledHeartbeatsMax: 4 });
  stream.begin([]);
  const bytes = stream.readableLength;
  await vi.advanceTimersByTimeAsync(3_000);
  expect([stream.readableLength, stream.destroyed]).toEqual([bytes, false]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stream.destroyed).toBe(true);
});

test("a stream ends after its lifetime, so that a key which was revoked is noticed", async () => {
  vi.useFakeTimers();
  const stream = open({ lifetimeMs: 60_000 });
  stream.begin([]);
  stream.resume();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(stream.readableEnded).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(stream.readableEnded).toBe(true);
});

test("a stream that is ended while it opens ends without a snapshot", async () => {
  const stream = open();
  stream.end();
  stream.begin([syncAt("1-1")]);
  stream.offer([syncAt("1-2")]);
  expect(await taken(stream)).toEqual([]);
  expect(stream.readableEnded).toBe(true);
});
