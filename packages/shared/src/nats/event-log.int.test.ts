import { setTimeout as sleep } from "node:timers/promises";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noProgress } from "../events/chunk-progress.ts";
import type { Fact } from "../events/facts.ts";
import { anyPageSubject } from "../events/subjects.ts";
import type { AppendEffect } from "../runtime/outcome.ts";
import { givenFetched, givenPage } from "../testing/given.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology, TopologyMismatchError } from "./ensure-topology.ts";
import { EventLog } from "./event-log.ts";
import { openLogReader, readStreamState } from "./read-log.ts";
import { eventStream } from "./topology.ts";

let server: TestNats;
let nats: Nats;
let log: EventLog;

beforeAll(async () => {
  server = await startTestNats();
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
  log = new EventLog(nats, "test");
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
});

const chunkFact = (syncId: string, chunkIndex: number): Fact => {
  const progress = { ...noProgress, revision: 1, settled: [[chunkIndex, chunkIndex] as [number, number]] };
  return givenFetched(progress, { syncId, chunkIndex });
};

function effect(accountId: string, chunkIndex: number, expectedSeq: number | null): AppendEffect {
  const fact = chunkFact("s1", chunkIndex);
  return {
    kind: "append",
    ref: { tenantId: "acme", accountId },
    eventId: `${accountId}.${chunkIndex}`,
    fact,
    expectedSeq,
  };
}

describe("the event log", () => {
  it("lets the first writer win and tells the second that the world has moved", async () => {
    const ref = { tenantId: "acme", accountId: "first" };
    const results = await Promise.all([log.append(effect("first", 0, 0)), log.append(effect("first", 1, 0))]);
    expect(results.map((r) => r.kind).sort()).toEqual(["appended", "conflict"]);
    const last = await log.lastCheckpoint(ref, "s1");
    const next = await log.append(effect("first", 2, last.seq));
    expect(next.kind).toBe("appended");
    expect((await log.lastCheckpoint(ref, "s1")).fact?.chunkIndex).toBe(2);
  });

  it("takes no page in that continues one which it does not have", async () => {
    const ref = { tenantId: "acme", accountId: "pages" };
    const page = (pageNumber: number, expectedSeq: number) =>
      log.append({
        kind: "append",
        ref,
        eventId: `page.${pageNumber}`,
        expectedSeq,
        expectedOn: anyPageSubject(ref, "s1"),
        fact: givenPage(pageNumber, 1),
      });
    expect(await page(1, 7)).toEqual({ kind: "conflict" });
    const first = await page(0, 0);
    expect(first.kind).toBe("appended");
    expect(await page(0, 0)).toEqual(first); // the same once more
    expect(await page(2, 0)).toEqual({ kind: "conflict" });
    const seq = first.kind === "appended" ? first.seq : 0;
    expect(await page(1, seq)).toMatchObject({ kind: "appended" });
    expect(await page(2, seq)).toEqual({ kind: "conflict" });
  });

  it("takes the same event appended twice for one, with its first sequence", async () => {
    const first = await log.append(effect("twice", 0, 0));
    const second = await log.append(effect("twice", 0, 0));
    expect(second).toEqual(first);
  });

  it("takes it for one also when its world has moved by nothing but itself", async () => {
    const first = await log.append(effect("itself", 0, 0));
    expect(await log.append(effect("itself", 0, 12_345))).toEqual(first);
    await log.append(effect("itself", 1, null));
    const stale = await log.append({ ...effect("itself", 2, 0) });
    expect(stale.kind).toBe("conflict");
  });

  it("knows which event it holds where", async () => {
    const appended = await log.append(effect("where", 0, 0));
    const seq = appended.kind === "appended" ? appended.seq : 0;
    expect(await log.eventIdAt(seq)).toBe("where.0");
    expect(await log.eventIdAt(seq + 1_000)).toBeNull();
  });

  it("takes in nothing that nobody could read", async () => {
    const broken = { ...effect("broken", 0, 0), fact: { ...chunkFact("s1", 0), chunkIndex: -1 } as Fact };
    await expect(log.append(broken)).rejects.toThrow();
    expect((await log.lastCheckpoint(broken.ref, "s1")).seq).toBe(0);
  });

  it("knows nothing of an account without facts", async () => {
    expect(await log.lastCourseFact({ tenantId: "acme", accountId: "nobody" })).toEqual({
      seq: 0,
      fact: null,
    });
    expect(await log.lastPage({ tenantId: "acme", accountId: "nobody" }, "s1")).toEqual({
      seq: 0,
      fact: null,
    });
  });

  it("is not stopped by messages that are no facts: they hide nothing, and take no fact's place", async () => {
    const ref = { tenantId: "acme", accountId: "rubbish" };
    const subject = "evt.acme.rubbish.chunk.s1";
    await nats.js.publish(subject, "hello");
    expect((await log.append(effect("rubbish", 0, 0))).kind).toBe("appended");
    expect((await log.append(effect("rubbish", 9, 0))).kind).toBe("conflict");
    const rubbish = await nats.js.publish(subject, "{bad");
    const tail = await log.lastCheckpoint(ref, "s1");
    expect([tail.seq, tail.fact?.chunkIndex]).toEqual([rubbish.seq, 0]);
    expect((await log.append(effect("rubbish", 1, tail.seq))).kind).toBe("appended");
    expect((await log.lastCheckpoint(ref, "s1")).fact?.chunkIndex).toBe(1);
  });

  it("a reader that is slower than the writers takes together what has come meanwhile", async () => {
    const { lastSeq: start } = await readStreamState(nats);
    const reader = await openLogReader(nats, { afterSeq: start, batchMax: 100, log: silentLogger });
    const batches = reader.batches()[Symbol.asyncIterator]();
    await log.append(effect("slow", 0, null));
    expect((await batches.next()).value).toHaveLength(1);
    for (let i = 1; i <= 20; i++) await log.append(effect("slow", i, null)); // the batch is still being applied
    await sleep(200);
    expect((await batches.next()).value).toHaveLength(20);
    reader.close();
  });

  it("is read in order from any position, in batches, and followed", async () => {
    const start = (await nats.jsm.streams.info(eventStream.name)).state.last_seq;
    for (let i = 0; i < 10; i++) await log.append(effect("read", i, null));
    const reader = await openLogReader(nats, { afterSeq: start + 3, batchMax: 4, log: silentLogger });
    const seen: number[] = [];
    for await (const batch of reader.batches()) {
      expect(batch.length).toBeLessThanOrEqual(4);
      seen.push(
        ...batch.map(({ event }) => (event.fact.type === "chunk.fetched" ? event.fact.chunkIndex : -1)),
      );
      if (seen.length === 7) await log.append(effect("read", 99, null));
      if (seen.length === 8) reader.close();
    }
    expect(seen).toEqual([3, 4, 5, 6, 7, 8, 9, 99]);
  });

  it("passes over what is no event, and goes on", async () => {
    const start = (await nats.jsm.streams.info(eventStream.name)).state.last_seq;
    await nats.js.publish("evt.acme.bad.note", "{}");
    await log.append(effect("after-bad", 5, null));
    const reader = await openLogReader(nats, { afterSeq: start, batchMax: 10, log: silentLogger });
    for await (const batch of reader.batches()) {
      expect(batch.map(({ event }) => event.accountId)).toEqual(["after-bad"]);
      reader.close();
    }
  });
});

describe("the topology", () => {
  it("may be ensured again and again, by several services at once", async () => {
    await Promise.all([1, 2, 3].map(() => ensureTopology(nats)));
  });

  it("has consumers whose claims are taken over as soon as it was asked for", async () => {
    const { config } = await nats.jsm.consumers.info("WORK", "fetcher-bulk");
    expect(config.ack_wait).toBe(30_000 * 1e6);
    await ensureTopology({ ...nats, size: { ...nats.size, claimMs: 5_000 } });
    expect((await nats.jsm.consumers.info("WORK", "fetcher-bulk")).config.ack_wait).toBe(5_000 * 1e6);
    await ensureTopology(nats);
  });

  it("has a queue that takes work which is not due yet", async () => {
    expect((await nats.jsm.streams.info("WORK")).config).toMatchObject({ allow_msg_schedules: true });
  });

  it("is brought back when somebody changed what can be changed", async () => {
    await nats.jsm.streams.update("WORK", { max_bytes: 1024 * 1024 });
    await ensureTopology(nats);
    expect((await nats.jsm.streams.info("WORK")).config.max_bytes).toBe(512 * 1024 * 1024);
  });

  it("names the field that the server did not take", async () => {
    const altered = new Proxy(nats.jsm, {
      get: (target, name) =>
        name !== "streams"
          ? Reflect.get(target, name)
          : Object.assign(Object.create(target.streams), {
              info: async (stream: string) => {
                const info = await target.streams.info(stream);
                return { ...info, config: { ...info.config, discard: "old" } };
              },
            }),
    });
    const ensured = ensureTopology({ ...nats, jsm: altered });
    await expect(ensured).rejects.toThrow(TopologyMismatchError);
    await expect(ensured).rejects.toThrow(/REQUESTS: "discard" should be "new" but the server has "old"/);
  });
});
