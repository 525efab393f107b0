import { setTimeout as sleep } from "node:timers/promises";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { EventOf } from "../events/facts.ts";
import { NewerFactError } from "../events/upcast-fact.ts";
import { ignore } from "../runtime/outcome.ts";
import { nothingToPerform, type Step } from "../runtime/step.ts";
import { givenStarted } from "../testing/given.ts";
import { publishNewer as publishNewerOf } from "../testing/publish-newer.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { decodeEvent } from "./event-codec.ts";
import { EventLog } from "./event-log.ts";
import { openLogReader } from "./read-log.ts";
import { runConsumer } from "./run-consumer.ts";
import { chunkerConsumer, eventStream } from "./topology.ts";

let server: TestNats;
let nats: Nats;
let eventLog: EventLog;

beforeAll(async () => {
  server = await startTestNats();
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
  eventLog = new EventLog(nats, "test");
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
});

const publishNewer = (accountId: string, id: string): Promise<void> =>
  publishNewerOf(nats, { tenantId: "acme", accountId }, id);

const append = (accountId: string, eventId: string) =>
  eventLog.append({
    kind: "append",
    ref: { tenantId: "acme", accountId },
    eventId,
    fact: givenStarted(),
    expectedSeq: null,
  });

it("a course whose newest fact is a newer version's is not taken for the one before it", async () => {
  await append("acc_course", "c1");
  expect((await eventLog.lastCourseFact({ tenantId: "acme", accountId: "acc_course" })).fact).not.toBeNull();
  await publishNewer("acc_course", "c2");
  await expect(eventLog.lastCourseFact({ tenantId: "acme", accountId: "acc_course" })).rejects.toThrow(
    NewerFactError,
  );
});

it("a reader gives all that comes before a newer version's event, and goes no further", async () => {
  const { state } = await nats.jsm.streams.info(eventStream.name);
  await append("acc_read", "r1");
  await append("acc_read", "r2");
  await publishNewer("acc_read", "r3");
  await append("acc_read", "r4");
  const reader = await openLogReader(nats, { afterSeq: state.last_seq, batchMax: 10, log: silentLogger });
  const seen: string[] = [];
  const reading = async () => {
    for await (const batch of reader.batches()) seen.push(...batch.map(({ event }) => event.id));
  };
  await expect(reading()).rejects.toThrow(NewerFactError);
  reader.close();
  expect(seen).toEqual(["r1", "r2"]);
});

/** @param knows whether it is the newer version, which reads everything */
const reads = (knows: boolean, seen: string[]): Step<string, void, void> => ({
  name: "test",
  parse: ({ subject, header, body }) => {
    const event: Pick<EventOf, "id"> = knows ? { id: header("ce-id") } : decodeEvent(subject, header, body);
    return { ok: true, input: event.id };
  },
  perform: nothingToPerform,
  gather: async () => {},
  decide: (id) => {
    seen.push(id);
    return ignore("seen");
  },
});

it("a consumer leaves a newer version's event to a newer copy: it is neither dropped nor does it hold up others", async () => {
  const [older, newer]: [string[], string[]] = [[], []];
  const options = { definition: chunkerConsumer, slots: 2, nats, eventLog, log: silentLogger };
  await nats.jsm.streams.purge(eventStream.name);
  await publishNewer("acc_left", "l1");
  await append("acc_left", "l2");
  const old = runConsumer(reads(false, older), options);
  await until(() => older.includes("l2"));
  await sleep(2_500); // it has come back to the older copy meanwhile
  expect(older).toEqual(["l2"]);
  const { num_ack_pending: pending } = await nats.jsm.consumers.info(eventStream.name, "chunker-events");
  expect(pending).toBe(1);
  const young = runConsumer(reads(true, newer), options);
  await until(() => newer.includes("l1"));
  await Promise.all([old.stop(), young.stop()]);
  expect(older).toEqual(["l2"]);
});

async function until(condition: () => boolean, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error("it did not happen in time");
    await sleep(10);
  }
}
