import { endSync, startSync } from "@millrace/shared/events/evolve-course";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { givenActive, givenCourse, givenStarted } from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { endLeftVerifications } from "./end-left-verifications.ts";

let world: TestWorld;
let ref: AccountRef;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  ref = await world.addAccount();
});

async function givenVerification(syncId: string | null): Promise<string> {
  const id = newId("ver");
  await world.pool.query(
    `insert into verifications (id, tenant_id, account_id, repair, status, position, sync_id)
     values ($1, $2, $3, false, 'running', '{"step":"listing","pageToken":null}', $4)`,
    [id, ref.tenantId, ref.accountId, syncId],
  );
  await world.pool.query(
    "insert into verification_messages (verification_id, tenant_id, provider_id, listed) values ($1, $2, 'm', true)",
    [id, ref.tenantId],
  );
  return id;
}
async function stateOf(id: string) {
  const { rows } = await world.pool.query(
    `select status, failure ->> 'category' as why, ended_at is not null as "hasEnded",
       (select count(*)::int from verification_messages where verification_id = v.id) as noted
     from verifications v where id = $1`,
    [id],
  );
  return rows[0];
}

it("a verification whose sync has ended is ended with it, and what it noted is removed; others go on", async () => {
  const [over, running] = [newId("syn"), newId("syn")];
  const active = startSync(givenCourse(), givenActive(over));
  await world.append(ref, givenStarted(givenActive(over), active));
  const cancelled = {
    type: "sync.cancelled",
    syncId: over,
    request: null,
    course: endSync(active, over),
  } as const;
  await world.append(ref, cancelled);
  await world.append(
    ref,
    givenStarted(givenActive(running), startSync(cancelled.course, givenActive(running))),
  );
  await world.project();
  const left = await givenVerification(over);
  const own = await givenVerification(running);
  const asked = await givenVerification(null);
  expect(await endLeftVerifications(world.ports)).toBe(1);
  expect(await stateOf(left)).toEqual({ status: "failed", why: "sync_ended", hasEnded: true, noted: 0 });
  for (const id of [own, asked]) expect(await stateOf(id)).toMatchObject({ status: "running", noted: 1 });
  expect(await endLeftVerifications(world.ports)).toBe(0);
});

it("a verification of a sync that nobody knows is ended when somebody would know it by now", async () => {
  const id = await givenVerification("syn_of_a_lost_log");
  const ports = { ...world.ports, idleSeconds: 60 };
  expect(await endLeftVerifications(ports)).toBe(0);
  await world.pool.query(
    "update verifications set requested_at = now() - interval '11 minutes' where id = $1",
    [id],
  );
  expect(await endLeftVerifications(ports)).toBe(1);
  expect(await stateOf(id)).toMatchObject({ status: "failed", noted: 0 });
});
