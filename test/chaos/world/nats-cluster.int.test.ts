import { setTimeout as sleep } from "node:timers/promises";
import { connectNats, type Nats } from "@millrace/shared/nats/connect-nats";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { EventLog } from "@millrace/shared/nats/event-log";
import { isStoreAway } from "@millrace/shared/nats/is-store-away";
import { natsBudgetStore } from "@millrace/shared/nats/nats-budget-store";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { readNatsAccess } from "@millrace/shared/nats/read-nats-access";
import { createWorkQueue } from "@millrace/shared/nats/read-work-queue";
import { bulkConsumer, eventStream, streams, workStream } from "@millrace/shared/nats/topology";
import { reserve } from "@millrace/shared/quota/budget";
import type { BudgetStore } from "@millrace/shared/quota/budget-store";
import type { AppendEffect } from "@millrace/shared/runtime/outcome";
import { givenActive, givenChunkItem, givenCourse, givenStarted, ref } from "@millrace/shared/testing/given";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChaosFolder, makeChaosFolder } from "./chaos-folder.ts";
import type { NatsCluster } from "./nats-cluster.ts";
import type { NatsNode } from "./nats-node.ts";
import { startBroker } from "./start-broker.ts";

const patienceMs = 60_000;
const poll = { timeout: patienceMs, interval: 100 };

let folder: ChaosFolder;
let cluster: NatsCluster;
/** Knows all nodes, as a service does. */
let nats: Nats;
let log: EventLog;

beforeAll(async () => {
  folder = makeChaosFolder(0, null);
  const broker = await startBroker(folder, 3, new Set(["acme"]), () => undefined);
  cluster = broker.cluster as NatsCluster;
  nats = await connectTo(cluster.nodes, 1);
  log = new EventLog(nats, "test");
}, 120_000);
afterAll(async () => {
  await nats?.connection.close();
  await cluster?.kill();
  await cluster?.stop();
  folder?.remove(false);
});

function connectTo(nodes: readonly NatsNode[], replicas: number): Promise<Nats> {
  const { access } = readNatsAccess({
    NATS_URL: nodes.map(({ server }) => `nats://127.0.0.1:${server.port}`).join(","),
    NATS_NKEY_SEED_FILE: cluster.users.seedFile("operator"),
  });
  return connectNats(access, "operator", silentLogger, { replicas, logMebibytes: 64, claimMs: 30_000 });
}

/** The n-th fact of the account, when the one before has this sequence. */
const nth = (n: number, expectedSeq: number): AppendEffect => ({
  kind: "append",
  ref,
  eventId: `evt_${n}`,
  fact: givenStarted(givenActive(`s${n}`), givenCourse({ active: givenActive(`s${n}`) })),
  expectedSeq,
});

/** As services do: while the broker is away it is tried again, and nothing else is. */
async function untilThere<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreAway(error) || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function leaderOf(stream: string): Promise<NatsNode> {
  await expect.poll(() => clusterOf(stream), poll).toMatchObject({ leader: expect.any(String) });
  return cluster.node((await clusterOf(stream))?.leader ?? "");
}

const clusterOf = async (stream: string) => (await nats.jsm.streams.info(stream).catch(() => null))?.cluster;

describe("a cluster of three", () => {
  it("takes over streams of one copy, and each then has three, with all that was in it", async () => {
    await untilThere(() => ensureTopology(nats));
    expect((await nats.jsm.streams.info(eventStream.name)).cluster?.replicas ?? []).toEqual([]);
    expect(await log.append(nth(1, 0))).toMatchObject({ kind: "appended" });

    const raised: Nats = { ...nats, size: { ...nats.size, replicas: 3 } };
    await untilThere(() => ensureTopology(raised));
    expect(await cluster.isWhole(patienceMs)).toBe(true);
    for (const { name } of streams) {
      const { config } = await untilThere(() => nats.jsm.streams.info(name));
      expect(config, name).toMatchObject({ num_replicas: 3, allow_direct: false });
      const current = async () => (await clusterOf(name))?.replicas?.map((copy) => copy.current);
      await expect.poll(current, poll).toEqual([true, true]);
    }
    expect((await untilThere(() => log.lastCourseFact(ref))).fact).toMatchObject({ syncId: "s1" });
  });

  it("gives each unit of a budget once, and nobody who asks for one meanwhile is told that the broker is away", async () => {
    const others = await Promise.all(cluster.nodes.map((node) => connectTo([node], 3)));
    const stores = others.map((other) => natsBudgetStore(other));
    const limits = { units: 150, windowMs: 60_000, unitsPerDay: null };
    const nowMs = Date.now();
    const taken = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        await sleep(i); // one write after the other, not all that is wanted in one
        return (stores[i % stores.length] as BudgetStore).update("account.acme.once", (before) => {
          const { kind, state } = reserve(before, limits, { units: 1, lane: "live", patienceMs: 0 }, nowMs);
          return { state, result: kind === "granted" };
        });
      }),
    );
    expect(taken.filter(Boolean)).toHaveLength(150);
    await Promise.all(others.map(({ connection }) => connection.close()));
  });

  it("goes on when the leader of the log is killed: nothing is lost, twice is once, what is due comes", async () => {
    const dueAtMs = Date.now() + 5_000;
    const work = {
      kind: "enqueue",
      ref,
      lane: "bulk",
      item: givenChunkItem(),
      dedupeId: "later",
      dueAtMs,
    } as const;
    await untilThere(() => publishWork(nats, work));
    const { seq } = await untilThere(() => log.lastCourseFact(ref));
    expect(await untilThere(() => log.append(nth(2, seq)))).toMatchObject({ kind: "appended" });
    for (const name of [eventStream.name, workStream.name]) await (await leaderOf(name)).server.kill();

    // Without two of three nothing is acknowledged, and with the first that is back everything goes on.
    await cluster.ensureRunning();
    expect(await untilThere(() => log.append(nth(2, seq)))).toMatchObject({ kind: "appended" });
    const last = await untilThere(() => log.lastCourseFact(ref));
    expect(last).toMatchObject({ fact: { syncId: "s2" } });
    expect(await untilThere(() => log.append(nth(3, seq)))).toEqual({ kind: "conflict" });
    expect((await untilThere(() => nats.jsm.streams.info(eventStream.name))).state.messages).toBe(2);

    const consumer = await untilThere(() =>
      nats.js.consumers.get(workStream.name, bulkConsumer.config.durable_name),
    );
    const due = await untilThere(() => consumer.next({ expires: 10_000 }));
    expect(due?.subject).toMatch(/^work\.bulk\./);
    expect(await untilThere(() => createWorkQueue(nats).keysOf(ref, "s1"))).toHaveProperty("size", 1);
    due?.ack();
  });

  it("acknowledges nothing on a leader that is cut off from the others, and what it was given is not in the log", async () => {
    const { seq } = await untilThere(() => log.lastCourseFact(ref));
    const leader = await leaderOf(eventStream.name);
    const others = cluster.nodes.filter((node) => node !== leader);
    const [alone, together] = await Promise.all([connectTo([leader], 3), connectTo(others, 3)]);
    const undo = cluster.routesOf(leader.name).map((proxy) => proxy.trouble({ kind: "stalled" }));
    try {
      const lonely = new EventLog(alone, "lonely").append(nth(4, seq)).catch((error: unknown) => error);
      const won = await untilThere(() => new EventLog(together, "majority").append(nth(5, seq)));
      expect(won).toMatchObject({ kind: "appended" });
      expect(isStoreAway(await lonely)).toBe(true);
    } finally {
      await Promise.all(undo.map((release) => release()));
      await Promise.all([alone, together].map(({ connection }) => connection.close()));
    }
    await cluster.ensureRunning();
    expect((await untilThere(() => log.lastCourseFact(ref))).fact).toMatchObject({ syncId: "s5" });
    expect(await untilThere(() => log.append(nth(4, seq)))).toEqual({ kind: "conflict" });
  });
});
