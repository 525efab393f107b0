import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { parseEndpointRef } from "../events/subjects.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { publishTurn } from "./publish-turn.ts";
import { hookStream, turnConsumer } from "./topology.ts";

const ref = { tenantId: "acme", endpointId: "whe_1" };

let server: TestNats;
let nats: Nats;
let turns = 0;

beforeAll(async () => {
  server = await startTestNats();
  const size = { replicas: 1, logMebibytes: 64, claimMs: 30_000 };
  nats = await connectNats(server.url, "test", silentLogger, size);
  await ensureTopology(nats);
});
afterEach(async () => {
  await nats.jsm.streams.purge(hookStream.name);
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
});

const give = (dueAtMs: number | null, dedupeId = `turn-${turns++}`, of = ref) =>
  publishTurn(nats, { kind: "turn", ref: of, dedupeId, dueAtMs });
const stored = async () => (await nats.jsm.streams.info(hookStream.name)).state.messages;

async function claim(withinMs = 10_000) {
  const consumer = await nats.js.consumers.get(turnConsumer.stream, turnConsumer.config.durable_name);
  const message = await consumer.next({ expires: withinMs });
  await message?.ackAck();
  return message === null ? null : { ref: parseEndpointRef(message.subject), atMs: Date.now() };
}

it("a turn waits for whoever takes it, and twice under one id is once", async () => {
  await give(null, "the same");
  await give(null, "the same");
  expect(await stored()).toBe(1);
  expect((await claim())?.ref).toEqual(ref);
  expect(await stored()).toBe(0);
});

it("a turn that is not due yet comes in time, and not before", async () => {
  const dueAtMs = Date.now() + 1_500;
  await give(dueAtMs);
  const claimed = await claim();
  expect(claimed?.ref).toEqual(ref);
  expect(claimed?.atMs).toBeGreaterThanOrEqual(dueAtMs);
  expect(claimed?.atMs).toBeLessThan(dueAtMs + 2_500);
  expect(await stored()).toBe(0);
});

it("a later turn takes the place of none that is due earlier; those of one second are one", async () => {
  const second = Math.ceil(Date.now() / 1_000) * 1_000 + 2_000;
  await give(second - 400);
  await give(second - 200);
  await give(second + 3_600_000);
  await give(second - 300, undefined, { ...ref, endpointId: "whe_2" });
  expect(await stored()).toBe(3);
  const claimed = [await claim(), await claim()];
  expect(new Set(claimed.map((one) => one?.ref?.endpointId))).toEqual(new Set(["whe_1", "whe_2"]));
  expect(await stored()).toBe(1);
});
