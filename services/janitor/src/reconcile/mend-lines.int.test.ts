import { idleCourse } from "@millrace/shared/events/account-course";
import { endSync, holdSync, queueSync, startSync } from "@millrace/shared/events/evolve-course";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { at, givenActive, givenCourse, givenRequest, givenStarted } from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { findStalled } from "./find-stalled.ts";
import { mendLines, seatOf } from "./mend-lines.ts";

let world: TestWorld;
let first: AccountRef;
let second: AccountRef;
let firstId: string;
let secondId: string;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  await world.pool.query("truncate tenants cascade");
  [first, second] = [await world.addAccount(), await world.addAccount()];
  [firstId, secondId] = [newId("syn"), newId("syn")];
  await world.pool.query("update tenants set running_syncs_max = 1");
});

const mend = async (): Promise<number> => {
  await world.project();
  return mendLines(world.ports);
};

async function givenQueued(ref: AccountRef, syncId: string): Promise<void> {
  const request = givenRequest(syncId);
  const course = queueSync(idleCourse, request);
  await world.append(ref, { type: "sync.queued", syncId, behind: null, request, course });
}

const rows = async () =>
  (
    await world.pool.query<{ accountId: string; syncId: string; isSeated: boolean }>(
      `select account_id as "accountId", sync_id as "syncId", seated_by is not null as "isSeated"
       from tenant_lines order by place`,
    )
  ).rows;

describe("a seat", () => {
  it("that nothing uses is given to the next, who is told to start", async () => {
    await world.ports.line.take(first, firstId, "x"); // whoever took it has died, and nothing came of it
    await world.ports.line.take(second, secondId, "y");
    await givenQueued(second, secondId);
    expect(await mend()).toBe(1);
    expect(await rows()).toEqual([{ accountId: second.accountId, syncId: secondId, isSeated: true }]);
    expect(await findStalled(world.ports, new AbortController().signal)).toBe(1);
    const told = (await world.factsOf(second)).at(-1);
    expect(told).toMatchObject({ type: "sync.stalled", syncId: secondId });
  });

  it("of a sync that runs is left alone, also when the views do not know it yet", async () => {
    await world.ports.line.take(first, firstId, "x");
    await world.append(first, givenStarted(givenActive(firstId)));
    await mendLines(world.ports);
    await mend();
    expect(await rows()).toEqual([{ accountId: first.accountId, syncId: firstId, isSeated: true }]);
  });

  it("is taken by a sync that runs without one, because the cap is newer", async () => {
    await world.append(first, givenStarted(givenActive(firstId)));
    expect(await mend()).toBe(1);
    expect(await world.ports.line.take(second, secondId, "y")).toBe(false);
  });

  it("that somebody waits for is not missed by the one who waits: nobody says that it has stalled", async () => {
    await world.ports.line.take(first, firstId, "x");
    await world.append(first, givenStarted(givenActive(firstId)));
    await world.ports.line.take(second, secondId, "y");
    await givenQueued(second, secondId);
    await mend();
    expect((await rows()).map(({ isSeated }) => isSeated)).toEqual([true, false]);
    await findStalled(world.ports, new AbortController().signal);
    expect((await world.factsOf(second)).map(({ type }) => type)).toEqual(["sync.queued"]);
    await world.pool.query("update tenants set running_syncs_max = 2");
    await findStalled(world.ports, new AbortController().signal);
    expect((await world.factsOf(second)).at(-1)?.type).toBe("sync.stalled");
  });
});

describe("what is right for an account's seat", () => {
  const active = givenActive("s1");
  const running = startSync(givenCourse(), active);
  it.each([
    ["kept while a sync runs", running, "keep"],
    ["left when nothing runs", endSync(running, "s1"), "leave"],
    ["left when what is active is paused", holdSync(running, "s1", at), "leave"],
    ["left alone when something waits", queueSync(idleCourse, givenRequest("s2")), null],
  ] as const)("is %s", (_name, course, expected) => {
    expect(seatOf(course)).toBe(expected);
  });
});
