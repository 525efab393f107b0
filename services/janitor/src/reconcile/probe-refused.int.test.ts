import { loseConsent, regainConsent } from "@millrace/shared/events/evolve-course";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { givenActive, givenCourse, givenStarted } from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { probeRefused } from "./probe-refused.ts";

const minuteMs = 60_000;
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

const keys = () => world.ports.queue.keysOf(ref, syncId);

it("a mailbox that refused us is looked at again while anything waits for it, and once a turn", async () => {
  const course = givenCourse({ active: givenActive(syncId) });
  const lost = loseConsent(course, new Date().toISOString(), "connect it again");
  await world.append(ref, givenStarted(givenActive(syncId), course));
  await world.append(ref, {
    type: "sync.paused",
    syncId,
    reason: "consent_lost",
    message: "",
    request: null,
    course: lost,
  });
  await world.project();
  const after = (ms: number) => ({ ...world.ports, nowMs: () => Date.now() + ms });
  expect(await probeRefused(after(0), minuteMs)).toBe(0); // it has just refused us
  expect(await probeRefused(after(minuteMs), minuteMs)).toBe(1);
  expect(await keys()).toEqual(new Set(["probe"]));
  await probeRefused(after(minuteMs), minuteMs);
  const { messages } = (await world.nats.jsm.streams.info("WORK")).state;
  expect(messages).toBe(1);
  await world.append(ref, {
    type: "account.reconnected",
    resumed: [syncId],
    course: regainConsent(lost, new Date().toISOString()),
  });
  await world.project();
  expect(await probeRefused(after(4 * minuteMs), minuteMs)).toBe(0);
});
