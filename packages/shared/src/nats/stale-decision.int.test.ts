import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { done } from "../runtime/outcome.ts";
import { nothingToPerform, type Step } from "../runtime/step.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { EventLog } from "./event-log.ts";
import { runConsumer } from "./run-consumer.ts";
import { bulkConsumer } from "./topology.ts";

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
  await nats?.connection.close();
  await server?.stop();
});

it("a decision whose facts were read before the broker was lost is not published: it is made anew", async () => {
  const ref = { tenantId: "t", accountId: "a" };
  const eventLog = new EventLog(nats, "test");
  let gathered = 0;
  const step: Step<null, void, number> = {
    name: "test",
    parse: () => ({ ok: true, input: null }),
    perform: nothingToPerform,
    gather: async () => {
      gathered++;
      if (gathered === 1) await server.restart();
      return gathered;
    },
    decide: (_input, _report, reading) =>
      done({
        kind: "append",
        ref,
        eventId: `e${reading}`,
        expectedSeq: null,
        fact: { type: "request.republished", syncId: "s", reason: `decided on reading ${reading}` },
      }),
  };
  const options = { definition: bulkConsumer, slots: 1, nats, eventLog, log: silentLogger };
  const consumer = runConsumer(step, options);
  await nats.js.publish("work.bulk.t.a.s", "x");
  await expect
    .poll(async () => (await eventLog.lastNote(ref)).fact, { timeout: 20_000 })
    .toMatchObject({ reason: "decided on reading 2" });
  await consumer.stop();
  expect((await eventLog.lastNote(ref)).seq).toBe(1);
});
