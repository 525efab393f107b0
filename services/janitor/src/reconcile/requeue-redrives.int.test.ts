import { noHistory } from "@millrace/shared/events/attempt";
import { type ChunkProgress, noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { endSync, startSync } from "@millrace/shared/events/evolve-course";
import type { FactOf } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { publishWork } from "@millrace/shared/nats/publish-work";
import {
  givenActive,
  givenCourse,
  givenFetched,
  givenRedriveItem,
  givenShare,
  givenStarted,
} from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { requeueRedrives } from "./requeue-redrives.ts";

let world: TestWorld;
let ref: AccountRef;
let syncId: string;
let progress: ChunkProgress;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  ref = await world.addAccount();
  syncId = newId("syn");
  progress = noProgress;
  await world.pool.query("delete from dead_letters");
  await world.nats.jsm.streams.purge("WORK");
  await world.append(ref, givenStarted(givenActive(syncId, { content: "raw" })));
});

/** A chunk with two dead letters, which were put back a while ago. */
async function givenRedriven(chunkIndex: number, minutesAgo = 5): Promise<FactOf<"dead_letters.redriven">> {
  const share = givenShare(2, { stored: 0, deadLettered: 2 });
  const letters = [0, 1].map((i) => ({
    ordinal: progress.letterCount + i,
    messageId: `m${chunkIndex}-${i}`,
    category: "unknown" as const,
    message: "",
  }));
  progress = settleChunk(progress, chunkIndex, share) ?? progress;
  await world.append(ref, givenFetched(progress, { syncId, chunkIndex, ledger: share, letters }));
  const redriven: FactOf<"dead_letters.redriven"> = {
    type: "dead_letters.redriven",
    syncId,
    chunkIndex,
    content: "raw",
    letters: letters.map(({ ordinal, messageId }) => ({ ordinal, messageId })),
  };
  await world.append(ref, redriven);
  await world.project();
  await world.pool.query(
    "update dead_letters set updated_at = now() - make_interval(mins => $3) where sync_id = $1 and chunk_index = $2",
    [syncId, chunkIndex, minutesAgo],
  );
  return redriven;
}
const redrivenAgain = async () =>
  (await world.factsOf(ref)).filter(({ type }) => type === "dead_letters.redriven").slice(-1);
const enqueue = (ordinal: number, chunkIndex: number) =>
  publishWork(world.nats, {
    kind: "enqueue",
    ref,
    lane: "live",
    dedupeId: newId("syn"),
    dueAtMs: Date.now() + 60_000,
    item: givenRedriveItem({
      syncId,
      chunkIndex,
      ordinals: [ordinal],
      messageIds: ["m"],
      history: noHistory,
    }),
  });

describe("dead letters that were put back", () => {
  it("and are neither queued nor claimed are put back again, each chunk's in a fact", async () => {
    const lost = await givenRedriven(3);
    expect(await requeueRedrives(world.ports)).toBe(1);
    const facts = (await world.factsOf(ref)).filter(({ type }) => type === "dead_letters.redriven");
    expect(facts).toEqual([lost, lost]);
  });

  it("are given a minute", async () => {
    await givenRedriven(3, 0);
    expect(await requeueRedrives(world.ports)).toBe(0);
  });

  it("and wait on the queue are left alone", async () => {
    await givenRedriven(3);
    await enqueue(0, 3);
    expect(await requeueRedrives(world.ports)).toBe(0);
  });

  it("of one chunk do not wait for those of another, which may wait for a long time", async () => {
    await givenRedriven(3);
    const lost = await givenRedriven(7);
    await enqueue(0, 3);
    expect(await requeueRedrives(world.ports)).toBe(1);
    expect(await redrivenAgain()).toEqual([lost]);
  });

  it("and that the log has lost are put back while their sync may set them aside again, and are over when it has ended without them", async () => {
    const lost = await givenRedriven(3);
    // A log that was restored from an older copy: there the chunk came to another end.
    const elsewhere = {
      ...noProgress,
      revision: 9,
      settled: [[3, 3]] as [number, number][],
      settledCount: 1,
    };
    await world.append(ref, givenFetched(elsewhere, { syncId, chunkIndex: 3, letters: [] }));
    await requeueRedrives(world.ports);
    expect(await redrivenAgain()).toEqual([lost]);

    const course = endSync(startSync(givenCourse(), givenActive(syncId)), syncId);
    await world.append(ref, { type: "sync.cancelled", syncId, request: null, course });
    await world.project();
    await world.pool.query("update dead_letters set updated_at = now() - interval '1 hour'");
    await requeueRedrives(world.ports);
    const { content: _, ...rest } = lost;
    expect((await world.factsOf(ref)).at(-1)).toEqual({ ...rest, type: "dead_letters.superseded" });
    await world.project();
    const { rows } = await world.pool.query("select distinct state, outcome from dead_letters");
    expect(rows).toEqual([{ state: "resolved", outcome: "superseded" }]);
    expect(await requeueRedrives(world.ports)).toBe(0);
  });

  it("are left alone when they were settled or refused", async () => {
    const { letters } = await givenRedriven(3);
    await world.append(ref, {
      type: "dead_letters.refused",
      syncId,
      chunkIndex: 3,
      attempt: 1,
      letters: letters.map((letter) => ({ ...letter, category: "unknown", message: "" })),
    });
    await world.project();
    await world.pool.query("update dead_letters set updated_at = now() - interval '1 hour'");
    expect(await requeueRedrives(world.ports)).toBe(0);
  });
});
