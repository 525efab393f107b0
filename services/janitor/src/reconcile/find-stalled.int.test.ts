import { endSync, holdSync, queueSync, startSync } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { enqueueChunk, enqueueListing } from "@millrace/shared/steps/cut-chunks";
import {
  at,
  givenActive,
  givenCourse,
  givenFetched,
  givenPage,
  givenProgress,
  givenRequest,
  givenStarted,
} from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { findStalled } from "./find-stalled.ts";
import type { ReconcilerPorts } from "./reconciler-ports.ts";

let world: TestWorld;
let ref: AccountRef;
let syncId: string;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  ref = await world.addAccount();
  syncId = newId("syn");
});

const quiet = new AbortController().signal;
const find = async (more: Partial<ReconcilerPorts> = {}) => {
  await world.project();
  return findStalled({ ...world.ports, ...more }, quiet);
};
const stalledFacts = async () => (await world.factsOf(ref)).filter(({ type }) => type === "sync.stalled");

/** A running sync that lists alone, with a page of five chunks, of which the first is settled. */
async function givenRunning(more: readonly Fact[] = []) {
  const active = givenActive(syncId, { plan: ["listing"] });
  const page = givenPage(0, 500, { syncId, nextPageToken: null });
  const facts = [givenStarted(active), page, givenFetched(givenProgress(1), { syncId }), ...more];
  for (const fact of facts) await world.append(ref, fact);
  const enqueue = (chunkIndex: number, dueAtMs: number | null = null) =>
    publishWork(world.nats, { ...enqueueChunk({ ref, active }, page, chunkIndex, newId("syn")), dueAtMs });
  return { active, page, enqueue };
}
const settle = (chunks: number) => world.append(ref, givenFetched(givenProgress(chunks), { syncId }));
/** Lets nothing of a test be in the way of the next. */
const end = () => world.append(ref, { type: "sync.cancelled", syncId, request: null, course: givenCourse() });

describe("a running sync whose pages are known nowhere any more", () => {
  it("ends as failed, and its mailbox is to be synced anew", async () => {
    const active = givenActive(syncId);
    const page = givenPage(2, 500, { syncId, nextPageToken: null });
    for (const fact of [givenStarted(active), page]) await world.append(ref, fact);
    expect(await find()).toBe(1);
    expect((await world.factsOf(ref)).at(-1)).toMatchObject({
      type: "sync.failed",
      syncId,
      category: "listing_lost",
      course: { active: null },
    });
    const { rows } = await world.pool.query("select reason from repairs where account_id = $1", [
      ref.accountId,
    ]);
    expect(rows).toEqual([{ reason: "pages of a listing were lost" }]);
    expect(await stalledFacts()).toEqual([]);
  });
});

describe("a running sync of which work is missing", () => {
  it("is said to have stalled, with what is missing, after the whole work queue was lost", async () => {
    const { enqueue } = await givenRunning();
    for (const chunkIndex of [1, 2, 3, 4]) await enqueue(chunkIndex);
    expect(await find()).toBe(0);
    await world.nats.jsm.streams.purge("WORK");
    expect(await find()).toBe(1);
    expect(await stalledFacts()).toMatchObject([{ syncId, chunkIndexes: [1, 2, 3, 4], pageNumber: null }]);
    await end();
  });

  it("is said so of what is missing only: what is queued, claimed or not due yet is not", async () => {
    const { enqueue } = await givenRunning();
    await enqueue(1);
    await enqueue(3, Date.now() + 60_000);
    const consumer = await world.nats.js.consumers.get("WORK", "fetcher-bulk");
    const claimed = await consumer.next({ expires: 5_000 });
    expect(claimed).not.toBeNull();
    expect(await find()).toBe(1);
    expect(await stalledFacts()).toMatchObject([{ chunkIndexes: [2, 4] }]);
    claimed?.ack();
    await end();
  });

  it("is said so of a page that nobody is about to list", async () => {
    const active = givenActive(syncId);
    await world.append(ref, givenStarted(active));
    expect(await find()).toBe(1);
    expect(await stalledFacts()).toMatchObject([{ chunkIndexes: [], pageNumber: 0 }]);
    await publishWork(world.nats, enqueueListing({ ref, active }, 0, "put back"));
    expect(await find()).toBe(0);
    await end();
  });

  it("is said so when everything is settled and it did not end", async () => {
    await givenRunning();
    await settle(5);
    expect(await find()).toBe(1);
    expect(await stalledFacts()).toMatchObject([
      { chunkIndexes: [], reason: expect.stringMatching(/did not end/) },
    ]);
    await end();
  });
});

describe("a sync is left alone", () => {
  it("that has moved just now", async () => {
    await givenRunning();
    expect(await find({ idleSeconds: 60 })).toBe(0);
    await end();
  });

  it("whose work is put on the queue while we look", async () => {
    const { enqueue } = await givenRunning();
    const sleep = async () => {
      for (const chunkIndex of [1, 2, 3, 4]) await enqueue(chunkIndex);
    };
    expect(await find({ sleep })).toBe(0);
    expect(await stalledFacts()).toEqual([]);
    await end();
  });

  it("whose work is settled while we look", async () => {
    const { enqueue } = await givenRunning();
    for (const chunkIndex of [2, 3, 4]) await enqueue(chunkIndex);
    const sleep = async () => void (await settle(2));
    expect(await find({ sleep })).toBe(0);
    await end();
  });

  it("that is paused, or over", async () => {
    await givenRunning();
    const course = holdSync(givenCourse({ active: givenActive(syncId) }), syncId, at);
    await world.append(ref, {
      type: "sync.paused",
      syncId,
      reason: "requested",
      message: "",
      request: null,
      course,
    });
    expect(await find()).toBe(0);
    await end();
    expect(await find()).toBe(0);
  });
});

describe("a sync that waits", () => {
  it("is said to have stalled when nothing is in its way and it does not start", async () => {
    const other = newId("syn");
    const request = givenRequest(syncId);
    const running = startSync(givenCourse(), givenActive(other));
    const waiting = queueSync(running, request);
    await world.append(ref, givenStarted(givenActive(other), running));
    await world.append(ref, { type: "sync.queued", syncId, behind: other, request, course: waiting });
    const isOurs = async () =>
      (await stalledFacts()).some((fact) => "syncId" in fact && fact.syncId === syncId);
    await find();
    expect(await isOurs()).toBe(false);
    await world.append(ref, {
      type: "sync.cancelled",
      syncId: other,
      request: null,
      course: endSync(waiting, other),
    });
    expect(await find()).toBe(1);
    expect(await isOurs()).toBe(true);
    await end();
  });
});

describe("one sync that cannot be looked at", () => {
  it("does not keep the others from it", async () => {
    await givenRunning();
    const [badRef, badId] = [await world.addAccount(), newId("syn")];
    await world.append(badRef, givenStarted(givenActive(badId)));
    const course: ReconcilerPorts["state"]["course"] = async (wanted) => {
      if (wanted.accountId === badRef.accountId) throw new Error("unreadable");
      return world.ports.state.course(wanted);
    };
    expect(await find({ state: { ...world.ports.state, course } })).toBe(1);
    expect(await stalledFacts()).toHaveLength(1);
    await end();
  });
});
