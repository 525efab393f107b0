import { endSync, holdSync, loseConsent, queueSync, startSync } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { readStreamState } from "@millrace/shared/nats/read-log";
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
import type { ReconcilerPorts } from "./reconciler-ports.ts";
import { restoreEpoch, restoreOrphans } from "./restore-lost.ts";

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

/** What an older copy of the log holds. */
type Copy = readonly (readonly [fact: Fact, eventId: string])[];

/** The log is lost; what comes in its place holds these facts of the account. */
async function replaceLog(copy: Copy = []): Promise<void> {
  await world.project();
  await world.nats.jsm.streams.delete("EVENTS");
  await ensureTopology(world.nats);
  for (const [fact, eventId] of copy) await world.append(ref, fact, eventId);
}
const restore = async (more: Partial<ReconcilerPorts> = {}) => {
  await world.project();
  return restoreEpoch({ ...world.ports, ...more });
};
const orphans = async (more: Partial<ReconcilerPorts> = {}) => {
  const readCreated = async (): Promise<string> => (await readStreamState(world.nats)).created;
  return restoreOrphans({ ...world.ports, ...more }, readCreated);
};
const logged = async () => (await world.ports.state.course(ref)).course;
const append = async (...facts: readonly Fact[]): Promise<Copy> => {
  const copy = facts.map((fact) => [fact, newId("syn")] as const);
  for (const [fact, eventId] of copy) await world.append(ref, fact, eventId);
  return copy;
};
const paused = (course: ReturnType<typeof givenCourse>): Fact => ({
  type: "sync.paused",
  syncId,
  reason: "requested",
  message: "",
  request: null,
  course,
});
/** Lets nothing of a test be in the way of the next. */
const end = () => append({ type: "sync.cancelled", syncId, request: null, course: givenCourse() });

describe("a log that was wiped", () => {
  it("gets back what Postgres knows of an account: its syncs go on where they were", async () => {
    const active = givenActive(syncId);
    const waiting = givenRequest(newId("syn"));
    const course = holdSync(
      queueSync(startSync(givenCourse({ watermark: "42" }), active), waiting),
      waiting.syncId,
      at,
    );
    await append(
      givenStarted(active, startSync(givenCourse({ watermark: "42" }), active)),
      { type: "sync.queued", syncId: waiting.syncId, behind: syncId, request: waiting, course },
      { ...paused(course), syncId: waiting.syncId } as Fact,
      givenPage(0, 500, { syncId }),
      givenFetched(givenProgress(2), { syncId }),
    );
    await replaceLog();
    expect((await logged()).active).toBeNull();
    expect(await restore()).toBeGreaterThanOrEqual(1);
    expect(await logged()).toMatchObject({
      active: { syncId, windowChunks: 4 },
      waiting: [{ syncId: waiting.syncId }],
      held: [{ syncId: waiting.syncId }],
      watermark: "42",
    });
    expect((await logged()).active?.run).toBeGreaterThan(Date.now() - 60_000);
    expect(await world.factsOf(ref)).toMatchObject([
      { type: "account.restored", restored: [syncId, waiting.syncId] },
    ]);
    // What was listed and settled is known, although the log has lost it.
    expect((await world.ports.state.newestPage(ref, syncId))?.pageNumber).toBe(0);
    expect((await world.ports.state.progress(ref, syncId)).progress.settledCount).toBe(2);
    await append({ type: "sync.cancelled", syncId, request: null, course: givenCourse() });
    await append({ type: "sync.cancelled", syncId: waiting.syncId, request: null, course: givenCourse() });
  });

  it("is set right once: an account that was restored is not restored again", async () => {
    await append(givenStarted(givenActive(syncId)));
    await replaceLog();
    await restore();
    const { length } = await world.factsOf(ref);
    expect(await restore()).toBe(0);
    expect(await orphans()).toBe(0);
    expect(await world.factsOf(ref)).toHaveLength(length);
    await end();
  });

  it("is set right again and again until it was for all; what was resumed since is not paused again", async () => {
    const active = givenActive(syncId);
    const running = startSync(givenCourse(), active);
    await append(givenStarted(active, running), paused(holdSync(running, syncId, at)));
    const [first, firstId] = [ref, syncId];
    ref = await world.addAccount();
    syncId = newId("syn");
    await append(givenStarted(givenActive(syncId)));
    await replaceLog();
    const append2: ReconcilerPorts["append"] = async (effect) =>
      effect.ref.accountId === ref.accountId ? "conflict" : world.ports.append(effect);
    await restore({ append: append2 });
    expect((await logged()).active).toBeNull();
    // A person resumes the first one before the second could be restored.
    const { course } = await world.ports.state.course(first);
    expect(course.held).toHaveLength(1);
    await world.append(first, { type: "sync.resumed", syncId: firstId, course: { ...course, held: [] } });
    expect(await restore()).toBe(1);
    expect((await logged()).active?.syncId).toBe(syncId);
    expect((await world.ports.state.course(first)).course.held).toEqual([]);
    await end();
    await world.append(first, {
      type: "sync.cancelled",
      syncId: firstId,
      request: null,
      course: givenCourse(),
    });
  });

  it("is left alone where nothing was lost: in the first epoch, and of idle accounts", async () => {
    await append(givenStarted(givenActive(syncId)), {
      type: "sync.cancelled",
      syncId,
      request: null,
      course: givenCourse({ recentSyncIds: [syncId] }),
    });
    await replaceLog();
    await restore();
    expect(await world.factsOf(ref)).toEqual([]);
  });
});

describe("a log that was restored from an older copy", () => {
  it("forgets what has ended since, and gets back what followed", async () => {
    const active = givenActive(syncId);
    const copy = await append(givenStarted(active));
    const next = givenActive(newId("syn"));
    const ended = endSync(givenCourse({ active }), syncId);
    const after = startSync(ended, next);
    await append(
      { type: "sync.cancelled", syncId, request: null, course: ended },
      givenStarted(next, loseConsent(after, at, "connect it again")),
    );
    await replaceLog(copy);
    expect((await logged()).active?.syncId).toBe(syncId);
    await restore();
    expect(await logged()).toMatchObject({
      active: { syncId: next.syncId },
      consentLost: { message: "connect it again" },
    });
    await append({ type: "sync.cancelled", syncId: next.syncId, request: null, course: givenCourse() });
  });

  it("is left alone where it lacks nothing", async () => {
    const copy = await append(givenStarted(givenActive(syncId)));
    await replaceLog(copy);
    await restore();
    expect(await world.factsOf(ref)).toHaveLength(1);
    await end();
  });
});

describe("a sync that only the views know", () => {
  it("goes on, once the views have read all that the log has", async () => {
    await append(givenStarted(givenActive(syncId)));
    await replaceLog();
    // The new log has something of the account that is not projected yet: the sync may be in it.
    await append({
      type: "sync.coalesced",
      syncId: "other",
      into: "x",
      request: givenRequest("other"),
      course: givenCourse(),
    });
    expect(await orphans()).toBe(0);
    await world.project();
    expect(await orphans()).toBe(1);
    expect((await logged()).waiting).toMatchObject([{ syncId, requestedAt: at }]);
    await end();
  });

  it("is left alone when the log was lost while the account was looked at: the old one may not be projected yet", async () => {
    await append(givenStarted(givenActive(syncId)));
    await world.project();
    const state = {
      ...world.ports.state,
      course: async (account: typeof ref) => {
        await world.nats.jsm.streams.delete("EVENTS");
        await ensureTopology(world.nats);
        return world.ports.state.course(account);
      },
    };
    expect(await orphans({ state })).toBe(0);
    await world.project();
    expect(await orphans()).toBe(1);
    await end();
  });

  it("is given time at first", async () => {
    await append(givenStarted(givenActive(syncId)));
    await replaceLog();
    await world.project();
    await world.pool.query("update syncs set created_at = now() where id = $1", [syncId]);
    expect(await orphans({ idleSeconds: 60 })).toBe(0);
    expect(await orphans()).toBe(1);
    await end();
  });

  it("is looked at again when its account moves meanwhile", async () => {
    await append(givenStarted(givenActive(syncId)));
    await replaceLog();
    await world.project();
    let isFirst = true;
    const append2: ReconcilerPorts["append"] = async (effect) => {
      if (isFirst)
        await append({
          type: "sync.coalesced",
          syncId: "other",
          into: "x",
          request: givenRequest("other"),
          course: givenCourse(),
        });
      isFirst = false;
      return world.ports.append(effect);
    };
    expect(await orphans({ append: append2 })).toBe(0);
    await world.project();
    expect(await orphans()).toBe(1);
    await end();
  });
});
