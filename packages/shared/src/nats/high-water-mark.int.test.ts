import { setTimeout as sleep } from "node:timers/promises";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { createHighWaterMarkWriter, readHighWaterMark, writeHighWaterMark } from "./high-water-mark.ts";

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
afterAll(async () => {
  await nats.connection.close();
  await server.stop();
});
beforeEach(async () => {
  await nats.jsm.streams.purge("STATE");
});

const mark = (seq: number, more = {}) => ({ streamCreated: "x", epoch: 2, seq, eventId: `e${seq}`, ...more });

it("knows none in the beginning, and none where somebody else has written", async () => {
  expect(await readHighWaterMark(nats)).toBeNull();
  await nats.js.publish("state.projector", "no JSON");
  expect(await readHighWaterMark(nats)).toBeNull();
  await writeHighWaterMark(nats, mark(1));
  expect(await readHighWaterMark(nats)).toEqual(mark(1));
});

it("only rises within one log, and begins anew in another", async () => {
  await writeHighWaterMark(nats, mark(500));
  await writeHighWaterMark(nats, mark(300));
  expect(await readHighWaterMark(nats)).toEqual(mark(500));
  await writeHighWaterMark(nats, mark(700, { epoch: 1 }));
  expect(await readHighWaterMark(nats)).toEqual(mark(500));
  await writeHighWaterMark(nats, mark(501));
  await writeHighWaterMark(nats, mark(1, { epoch: 3 }));
  expect(await readHighWaterMark(nats)).toEqual(mark(1, { epoch: 3 }));
  await writeHighWaterMark(nats, mark(1, { streamCreated: "y", epoch: 1 }));
  expect(await readHighWaterMark(nats)).toEqual(mark(1, { streamCreated: "y", epoch: 1 }));
});

it("is the highest of many writers at once", async () => {
  await Promise.all([3, 9, 1].map((seq) => writeHighWaterMark(nats, mark(seq))));
  expect((await readHighWaterMark(nats))?.seq).toBe(9);
});

it("is written seldom, and at last what was noted last", async () => {
  const before = (await nats.jsm.streams.info("STATE")).state.last_seq;
  const writer = createHighWaterMarkWriter(nats, silentLogger);
  for (let seq = 1; seq <= 200; seq++) {
    writer.note(mark(seq));
    await sleep(1);
  }
  await writer.close();
  expect(await readHighWaterMark(nats)).toEqual(mark(200));
  expect((await nats.jsm.streams.info("STATE")).state.last_seq - before).toBeLessThanOrEqual(3);
});

it("comes back after its stream was deleted", async () => {
  await nats.jsm.streams.delete("STATE");
  expect(await readHighWaterMark(nats)).toBeNull();
  const writer = createHighWaterMarkWriter(nats, silentLogger);
  writer.note(mark(7));
  for (let i = 0; i < 100 && (await readHighWaterMark(nats)) === null; i++) await sleep(100);
  expect(await readHighWaterMark(nats)).toEqual(mark(7));
  await writer.close();
});

it("holds nobody up when the broker is away", async () => {
  const writer = createHighWaterMarkWriter(nats, silentLogger);
  await server.kill();
  writer.note(mark(8));
  const began = performance.now();
  await writer.close();
  expect(performance.now() - began).toBeLessThan(2_000);
  await server.restart();
});
