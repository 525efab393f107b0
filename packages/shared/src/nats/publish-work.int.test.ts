import { setTimeout as sleep } from "node:timers/promises";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../events/identifiers.ts";
import { laterSubject, workSubject } from "../events/subjects.ts";
import { fetchItemSchema, type WorkItem, type WorkLane, workKey } from "../events/work-item.ts";
import { givenChunkItem, givenListItem, givenRedriveItem, ref } from "../testing/given.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { publishWork } from "./publish-work.ts";
import { createWorkQueue } from "./read-work-queue.ts";
import { bulkConsumer, workStream } from "./topology.ts";

let server: TestNats;
let nats: Nats;

beforeAll(async () => {
  server = await startTestNats();
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
});
afterEach(async () => {
  await nats.jsm.streams.purge(workStream.name);
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
});

const publish = (
  item: WorkItem,
  dueInMs: number | null = null,
  lane: WorkLane = "bulk",
  dedupeId = newId("syn"),
) =>
  publishWork(nats, {
    kind: "enqueue",
    ref,
    lane,
    item,
    dedupeId,
    dueAtMs: dueInMs === null ? null : Date.now() + dueInMs,
  });
const keys = (syncId = "s1") => createWorkQueue(nats).keysOf(ref, syncId);
const stored = async () => (await nats.jsm.streams.info(workStream.name)).state.messages;

/** Claims the next chunk of the bulk lane. */
async function claim(withinMs = 10_000) {
  const consumer = await nats.js.consumers.get(bulkConsumer.stream, bulkConsumer.config.durable_name);
  const message = await consumer.next({ expires: Math.max(withinMs, 1_000) });
  if (message === null) return null;
  await message.ackAck();
  return { item: fetchItemSchema.parse(message.json()), atMs: Date.now(), subject: message.subject };
}

describe("work", () => {
  it("that is due waits in its lane", async () => {
    for (const dueInMs of [null, 0, -60_000]) {
      await publish(givenChunkItem(), dueInMs);
      expect(await claim()).toMatchObject({
        item: givenChunkItem(),
        subject: workSubject("bulk", ref, "s1"),
      });
    }
  });

  it("twice under one id is once", async () => {
    await publish(givenChunkItem(), null, "bulk", "the same");
    await publish(givenChunkItem(), null, "bulk", "the same");
    expect(await stored()).toBe(1);
  });

  it("that is not due yet comes in time, as it was, and not before", async () => {
    const item = givenChunkItem({ history: { failed: 3, streak: 2, poison: 1 } });
    const dueMs = Date.now() + 1_500;
    await publish(item, 1_500);
    expect(await stored()).toBe(1);
    const claimed = await claim();
    expect(claimed?.item).toEqual(item);
    expect(claimed?.atMs).toBeGreaterThanOrEqual(dueMs);
    expect(claimed?.atMs).toBeLessThan(dueMs + 2_500);
    expect(await stored()).toBe(0); // the schedule goes with it
  });

  it("that becomes due on its way to the queue is not lost", async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => publish(givenChunkItem({ chunkIndex: i }), 1 + (i % 5))),
    );
    const claimed = new Set<number>();
    for (let i = 0; i < 50; i++) claimed.add((await claim())?.item.chunkIndex ?? -1);
    expect(claimed.size).toBe(50);
    // The broker is told of a time that is long past.
    await nats.js.publish(laterSubject(ref, givenChunkItem()), JSON.stringify(givenChunkItem()), {
      schedule: { specification: new Date(Date.now() - 60_000), target: workSubject("bulk", ref, "s1") },
    });
    expect((await claim())?.item).toEqual(givenChunkItem());
    expect(await stored()).toBe(0);
  });

  it("that waits is replaced by its newer self, and by nothing else", async () => {
    const attempt = (failed: number) => givenChunkItem({ history: { failed, streak: 1, poison: 0 } });
    await publish(attempt(1), 60_000);
    await publish(givenChunkItem({ chunkIndex: 4 }), 60_000);
    await publish(givenChunkItem({ run: 1 }), 60_000);
    await publish(attempt(2), 1_000);
    expect(await stored()).toBe(3);
    expect((await claim())?.item.history.failed).toBe(2);
    expect(await keys()).toEqual(new Set(["chunk-0-4", "chunk-1-3"]));
  });

  it("that waits can wait again, and again", async () => {
    for (const failed of [1, 2, 3]) {
      await publish(givenChunkItem({ history: { failed, streak: 1, poison: 0 } }), 1_000);
      expect((await claim())?.item.history.failed).toBe(failed);
    }
    expect(await stored()).toBe(0);
  });

  it("survives a server that is killed, also when it becomes due meanwhile", async () => {
    await publish(givenChunkItem({ chunkIndex: 1 }), 1_000);
    await publish(givenChunkItem({ chunkIndex: 2 }), 5_000);
    await server.kill();
    await sleep(1_500);
    await server.restart();
    const claimed: number[] = [];
    const end = Date.now() + 20_000;
    while (claimed.length < 2 && Date.now() < end) {
      const next = await claim(2_000).catch(() => null); // the client is still reconnecting
      if (next !== null) claimed.push(next.item.chunkIndex);
    }
    expect(claimed).toEqual([1, 2]);
  });
});

describe("the work of a sync", () => {
  it("is found wherever it is: in any lane, claimed, or not due yet", async () => {
    const items: [WorkItem, number | null, WorkLane][] = [
      [givenChunkItem({ chunkIndex: 0 }), null, "live"],
      [givenChunkItem({ chunkIndex: 1 }), null, "bulk"],
      [givenChunkItem({ chunkIndex: 2 }), 60_000, "bulk"],
      [givenListItem(7), null, "list"],
      [givenListItem(8), 60_000, "list"],
      [givenRedriveItem(), null, "live"],
    ];
    for (const [item, dueInMs, lane] of items) await publish(item, dueInMs, lane);
    await publish(givenChunkItem({ syncId: "s2", chunkIndex: 9 }));
    const consumer = await nats.js.consumers.get(bulkConsumer.stream, bulkConsumer.config.durable_name);
    const claimed = await consumer.next({ expires: 5_000 });
    expect(await keys()).toEqual(new Set(items.map(([item]) => workKey(item))));
    await claimed?.ackAck();
    expect((await keys()).has("chunk-0-1")).toBe(false);
    expect(await keys("s3")).toEqual(new Set());
  });

  it("is not hidden by what somebody else put there", async () => {
    await nats.js.publish(workSubject("bulk", ref, "s1"), "{ no JSON");
    await nats.js.publish(workSubject("bulk", ref, "s1"), "null");
    await nats.js.publish(laterSubject(ref, givenListItem(1)), "hello");
    await publish(givenChunkItem());
    expect(await keys()).toEqual(new Set(["chunk-0-3"]));
  });
});
