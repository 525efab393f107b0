import { setTimeout as sleep } from "node:timers/promises";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Logger } from "../runtime/create-logger.ts";
import { done, ignore, type Outcome, reject } from "../runtime/outcome.ts";
import { nothingToPerform, type Step } from "../runtime/step.ts";
import { givenChunkItem } from "../testing/given.ts";
import { listeningLogger } from "../testing/listening-logger.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { connectNats, type Nats } from "./connect-nats.ts";
import { ensureTopology } from "./ensure-topology.ts";
import { EventLog } from "./event-log.ts";
import { type RunningConsumer, runConsumer } from "./run-consumer.ts";
import { bulkConsumer, workStream } from "./topology.ts";

const claimMs = 4_000;
let server: TestNats;
let nats: Nats;
let eventLog: EventLog;
const running: RunningConsumer[] = [];

beforeAll(async () => {
  server = await startTestNats();
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs,
  });
  await ensureTopology(nats);
  eventLog = new EventLog(nats, "test");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  await nats.jsm.streams.purge(workStream.name);
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
});

type TextStep = Step<string, void, number>;
const textStep = (more: Partial<TextStep>): TextStep => ({
  name: "test",
  parse: ({ body }) => ({ ok: true, input: new TextDecoder().decode(body) }),
  perform: nothingToPerform,
  gather: async () => 0,
  decide: () => ignore("seen"),
  ...more,
});

const optionsOf = (slots: number) => ({ definition: bulkConsumer, slots, nats, eventLog, log: silentLogger });

function start(step: TextStep, slots = 4, log: Logger = silentLogger): RunningConsumer {
  const consumer = runConsumer(step, { ...optionsOf(slots), log });
  running.push(consumer);
  return consumer;
}

const noteIn =
  (note: (text: string) => void): TextStep["decide"] =>
  (text) => {
    note(text);
    return ignore("seen");
  };

const publish = (text: string) => nats.js.publish("work.bulk.t.a.s", text);
const queued = async (): Promise<number> => (await nats.jsm.streams.info(workStream.name)).state.messages;

const claims = async (): Promise<number> =>
  (await nats.jsm.consumers.info(workStream.name, bulkConsumer.config.durable_name)).num_ack_pending;

const pulls = async (): Promise<number> =>
  (await nats.jsm.consumers.info(workStream.name, bulkConsumer.config.durable_name)).num_waiting;

async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("it did not happen in time");
    await sleep(10);
  }
}

async function lastReason(): Promise<string | undefined> {
  const { fact } = await eventLog.lastNote({ tenantId: "t", accountId: "a" });
  return fact?.type === "request.rejected" ? fact.reason : undefined;
}

const rejectedFact = (reason: string, expectedSeq: number | null, eventId = reason): Outcome =>
  done({
    kind: "append",
    ref: { tenantId: "t", accountId: "a" },
    eventId,
    expectedSeq,
    fact: { type: "request.rejected", reason, subject: "s", payload: "", payloadBytes: 0 },
  });

describe("slots that have nothing to do", () => {
  it("share one request, also after each has had one of its own", async () => {
    const seen: string[] = [];
    const step = textStep({
      perform: () => sleep(50),
      decide: noteIn((text) => seen.push(text)),
    });
    const consumer = runConsumer(step, { ...optionsOf(6), pullMs: 2_000 });
    running.push(consumer);
    let most = 0;
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 6; n++) {
        await publish(String(n));
        await sleep(10);
        // Looked at all the time: on a busy machine the round may take as long as a request lasts.
        most = Math.max(most, await pulls());
      }
      await until(() => seen.length === 6 * (round + 1));
      most = Math.max(most, await pulls());
    }
    expect(most).toBeGreaterThan(1);
    await until(async () => (await pulls()) === 1);
    await publish("last");
    await until(() => seen.at(-1) === "last");
  });
});

describe("the consumer runtime", () => {
  it("handles each message once when all goes well, and empties the queue", async () => {
    const seen: string[] = [];
    start(textStep({ decide: noteIn((text) => void seen.push(text)) }));
    await Promise.all(Array.from({ length: 50 }, (_, i) => publish(`m${i}`)));
    await until(async () => (await queued()) === 0);
    expect(seen.sort()).toEqual(Array.from({ length: 50 }, (_, i) => `m${i}`).sort());
  });

  it("holds no more claims than it has slots", async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let working = 0;
    start(
      textStep({
        perform: async () => {
          working++;
          await gate;
        },
      }),
      3,
    );
    await Promise.all(Array.from({ length: 20 }, (_, i) => publish(`m${i}`)));
    await until(() => working === 3);
    await sleep(200);
    const info = await nats.jsm.consumers.info(workStream.name, bulkConsumer.config.durable_name);
    expect([working, info.num_ack_pending]).toEqual([3, 3]);
    release();
    await until(async () => (await queued()) === 0);
  });

  it("delivers again what failed, until it succeeds", async () => {
    const attempts: number[] = [];
    start(
      textStep({
        parse: ({ deliveryCount }) => ({ ok: true, input: String(deliveryCount) }),
        perform: async (count) => {
          attempts.push(Number(count));
          if (attempts.length < 3) throw new Error("not yet");
        },
      }),
    );
    await publish("m");
    await until(async () => (await queued()) === 0);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it("gathers and decides again after a conflict, but does not do the work again", async () => {
    await publish("m");
    let performed = 0;
    let decided = 0;
    const last = async (): Promise<number> =>
      (await eventLog.lastNote({ tenantId: "t", accountId: "a" })).seq;
    start(
      textStep({
        perform: async () => void performed++,
        gather: last,
        decide: (_input, _report, seq) => {
          decided++;
          // The first decision rests on what is no longer so.
          return rejectedFact(`decision ${decided}`, decided === 1 ? seq + 1_000 : seq);
        },
      }),
    );
    await until(async () => (await queued()) === 0);
    expect([performed, decided]).toEqual([1, 2]);
    expect(await lastReason()).toBe("decision 2");
  });

  it("terminates what it cannot understand, after publishing why", async () => {
    const why = rejectedFact("unreadable", null);
    const effects = why.kind === "done" ? why.effects : [];
    start(textStep({ parse: () => ({ ok: false, outcome: reject("unreadable", ...effects) }) }));
    await publish("m");
    await until(async () => (await queued()) === 0);
    expect(await lastReason()).toBe("unreadable");
  });

  it("puts work that has to wait back on the queue, and lets its claim go", async () => {
    const attempts: number[] = [];
    start(
      textStep({
        parse: ({ body }) => ({ ok: true, input: new TextDecoder().decode(body) }),
        decide: (text) => {
          attempts.push(Date.now());
          if (attempts.length > 1) return ignore(text);
          return done({
            kind: "enqueue",
            ref: { tenantId: "t", accountId: "a" },
            lane: "bulk",
            item: givenChunkItem(),
            dedupeId: "again",
            dueAtMs: Date.now() + 1_000,
          });
        },
      }),
    );
    await publish("m");
    await until(() => attempts.length === 1);
    await until(async () => (await claims()) === 0);
    expect(await queued()).toBe(1);
    await until(async () => (await queued()) === 0);
    expect((attempts[1] ?? 0) - (attempts[0] ?? 0)).toBeGreaterThanOrEqual(900);
  });

  it("hands back with a delay what failed in a way that nobody foresaw", async () => {
    const at: number[] = [];
    start(
      textStep({
        gather: async () => {
          at.push(Date.now());
          if (at.length < 3) throw new Error("nobody foresaw this");
          return 0;
        },
      }),
    );
    await publish("m");
    await until(async () => (await queued()) === 0);
    for (const i of [1, 2]) expect((at[i] ?? 0) - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(90);
  });

  /** Of what is gone, before it is made anew. */
  const missed = (told: readonly Record<string, unknown>[]) =>
    told.flatMap(({ event, part, differences }) =>
      event === "topology.differs" ? [[part, differences]] : [],
    );

  it("goes on after somebody deleted its consumer, and says so", async () => {
    const seen: string[] = [];
    const { log, told } = listeningLogger();
    start(textStep({ decide: noteIn((text) => void seen.push(text)) }), 4, log);
    await publish("before");
    await until(() => seen.length === 1);
    expect(missed(told)).toEqual([]);
    await nats.jsm.consumers.delete(workStream.name, bulkConsumer.config.durable_name);
    await publish("after");
    await until(() => seen.includes("after"), 30_000);
    expect(missed(told)).toEqual([["WORK/fetcher-bulk", null]]);
  });

  it("goes on after somebody deleted its stream: it is made anew, and what was gone is told", async () => {
    const seen: string[] = [];
    const { log, told } = listeningLogger();
    start(textStep({ decide: noteIn((text) => void seen.push(text)) }), 4, log);
    await publish("before");
    await until(() => seen.length === 1);
    await nats.jsm.streams.delete(workStream.name);
    const publishAgain = () =>
      publish("after").then(
        () => true,
        () => false,
      );
    await until(publishAgain, 30_000);
    await until(() => seen.includes("after"), 30_000);
    expect(missed(told)).toEqual(
      expect.arrayContaining([
        ["WORK", null],
        ["WORK/fetcher-bulk", null],
      ]),
    );
  });

  it("goes on after the server was restarted, without losing what was queued", async () => {
    const seen = new Set<string>();
    start(textStep({ decide: noteIn((text) => void seen.add(text)) }));
    await publish("before");
    await until(() => seen.has("before"));
    await server.restart();
    await until(
      () =>
        publish("after").then(
          () => true,
          () => false,
        ),
      30_000,
    );
    await until(() => seen.has("after"), 30_000);
  });

  it("keeps the claim of a step that waits for longer than a claim lasts", async () => {
    let performed = 0;
    start(
      textStep({
        perform: async () => {
          performed++;
          await sleep(2.5 * claimMs);
        },
      }),
    );
    await publish("m");
    await until(async () => (await queued()) === 0, 4 * claimMs);
    expect(performed).toBe(1);
  });

  it("lets the claim of a step go that does not get on for too long", async () => {
    let isStuck = false;
    const hang = textStep({
      perform: () => {
        isStuck = true;
        return new Promise(() => {});
      },
    });
    runConsumer(hang, { ...optionsOf(1), stuckAfterMs: claimMs / 2 });
    await publish("m");
    await until(() => isStuck);
    start(textStep({}));
    await until(async () => (await queued()) === 0, 4 * claimMs);
  });

  it("keeps its claim while the database is away, however long, and does the work again when it is back", async () => {
    const counts: number[] = [];
    let isAway = true;
    start(
      textStep({
        parse: ({ deliveryCount }) => ({ ok: true, input: String(deliveryCount) }),
        perform: async (count) => {
          counts.push(Number(count));
          if (isAway) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        },
      }),
    );
    await publish("m");
    await sleep(2 * claimMs);
    expect(counts.length).toBeGreaterThan(3);
    expect(await claims()).toBe(1);
    isAway = false;
    await until(async () => (await queued()) === 0);
    expect(new Set(counts)).toEqual(new Set([1])); // it was delivered once
  });

  it("keeps its claim while the broker is away, and publishes and settles when it is back", async () => {
    const counts: number[] = [];
    let arrived = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let proceed = (): void => {};
    const gate = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    start(
      textStep({
        parse: ({ deliveryCount }) => ({ ok: true, input: String(deliveryCount) }),
        perform: async (count) => {
          counts.push(Number(count));
          arrived();
          await gate;
        },
        decide: () => rejectedFact("after the outage", null),
      }),
      1,
    );
    await publish("m");
    await waiting;
    await server.kill();
    proceed();
    await sleep(1_000);
    await server.restart();
    await until(async () => (await lastReason().catch(() => undefined)) === "after the outage", 20_000);
    await until(async () => (await queued()) === 0, 20_000);
    expect(counts.length).toBeGreaterThan(1);
  });

  it("stops within ten seconds although a step hangs until it is told to give up, and hands its claim back", async () => {
    let isAborted = false;
    const consumer = start(
      textStep({
        perform: (_input, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              isAborted = true;
              reject(signal.reason);
            });
          }),
      }),
      1,
    );
    await publish("m");
    await until(async () => (await claims()) === 1);
    const begun = Date.now();
    await consumer.stop();
    expect(isAborted).toBe(true);
    expect(Date.now() - begun).toBeLessThan(10_000);
    start(textStep({})); // it is there for another at once
    await until(async () => (await queued()) === 0, 2_000);
  });

  it("stops at once while the database is away, and hands its claim back", async () => {
    const consumer = start(
      textStep({
        perform: async (_input, { sleep: pause }) => {
          await pause(1);
          throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        },
      }),
      1,
    );
    await publish("m");
    await until(async () => (await claims()) === 1);
    const begun = Date.now();
    await consumer.stop();
    expect(Date.now() - begun).toBeLessThan(9_000);
    start(textStep({}));
    await until(async () => (await queued()) === 0, 2_000);
  });

  it("on stopping finishes what it holds and takes nothing more", async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let working = 0;
    const consumer = start(
      textStep({
        perform: async () => {
          working++;
          await gate;
        },
      }),
      2,
    );
    await Promise.all(["a", "b", "c"].map(publish));
    await until(() => working === 2);
    const stopped = consumer.stop();
    release();
    await stopped;
    expect(working).toBe(2);
    await until(async () => (await queued()) === 1);
    start(textStep({})); // the one that was left is there for another at once
    await until(async () => (await queued()) === 0, 3_000);
  });

  it("stops at once, at whatever moment of its start it is told to", async () => {
    for (let delayMs = 0; delayMs < 12; delayMs++) {
      const consumer = start(textStep({}), 3);
      await sleep(delayMs);
      const stopped = consumer.stop().then(() => "stopped");
      expect(await Promise.race([stopped, sleep(5_000)])).toBe("stopped");
    }
  });
});
