import { setTimeout as sleep } from "node:timers/promises";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ignore } from "../runtime/outcome.ts";
import { nothingToPerform, type Step } from "../runtime/step.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { EventLog } from "./event-log.ts";
import { type RunningConsumer, runConsumer } from "./run-consumer.ts";
import { bulkConsumer } from "./topology.ts";

const claimMs = 8_000;
const stops = 60;
const queuedMax = 30;
let server: TestNats;
let publisher: Nats;
let staying: Nats;
let going: Nats;

beforeAll(async () => {
  server = await startTestNats();
  const connect = () =>
    connectNats(server.url, "test", silentLogger, { replicas: 1, logMebibytes: 64, claimMs });
  [publisher, staying, going] = await Promise.all([connect(), connect(), connect()]);
  await ensureTopology(publisher);
});
afterAll(async () => {
  for (const nats of [publisher, staying, going]) await nats?.connection.close();
  await server?.stop();
});

/** How long each message took from being published to being worked on, in milliseconds. */
const tookMs: number[] = [];
const noting: Step<number, void, null> = {
  name: "test",
  parse: ({ body }) => ({ ok: true, input: Number(new TextDecoder().decode(body)) }),
  perform: nothingToPerform,
  gather: async () => null,
  decide: (publishedAtMs) => {
    tookMs.push(performance.now() - publishedAtMs);
    return ignore("seen");
  },
};

const start = (nats: Nats, slots: number): RunningConsumer =>
  runConsumer(noting, {
    definition: bulkConsumer,
    slots,
    nats,
    eventLog: new EventLog(nats, "test"),
    log: silentLogger,
  });

/** Never more than can be worked on soon: on a machine that does other things, what queues would wait as well. */
async function keepPublishing(until: AbortSignal): Promise<number> {
  for (let published = 0; ; ) {
    if (until.aborted) return published;
    if (published - tookMs.length < queuedMax) {
      publisher.connection.publish("work.bulk.t.a.s", String(performance.now()));
      published++;
    }
    await sleep(1);
  }
}

it("no message waits for a claim of a copy that was stopped in order, whenever that was", async () => {
  const stayed = start(staying, 2);
  const over = new AbortController();
  const publishing = keepPublishing(over.signal);
  for (let stop = 0; stop < stops; stop++) {
    const copy = start(going, 8);
    await sleep(100 + Math.random() * 30);
    await copy.stop();
  }
  over.abort();
  const published = await publishing;
  await expect.poll(() => tookMs.length, { timeout: 3 * claimMs }).toBe(published);
  await stayed.stop();
  expect(Math.max(...tookMs)).toBeLessThan(claimMs);
});
