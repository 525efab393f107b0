import { noHistory } from "@millrace/shared/events/attempt";
import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { publishWork } from "@millrace/shared/nats/publish-work";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { requeueVerifications } from "./requeue-verifications.ts";

let world: TestWorld;
let ref: AccountRef;
let verificationId: string;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.stop();
});
beforeEach(async () => {
  ref = await world.addAccount();
  verificationId = newId("ver");
  await world.pool.query("delete from verifications");
  await world.nats.jsm.streams.purge("WORK");
});

const givenRunning = (minutesAgo: number, status = "running") =>
  world.pool.query(
    `insert into verifications (id, tenant_id, account_id, repair, status, position, requested_at)
     values ($1, $2, $3, true, $4, '{"step":"begin"}', now() - make_interval(mins => $5))`,
    [verificationId, ref.tenantId, ref.accountId, status, minutesAgo],
  );

describe("a verification whose work was lost", () => {
  it("is put back, once", async () => {
    await givenRunning(5);
    expect(await requeueVerifications(world.ports)).toBe(1);
    expect(await world.ports.queue.keysOf(ref, verificationId)).toEqual(new Set(["verify"]));
    expect(await requeueVerifications(world.ports)).toBe(0);
  });

  it("is left alone while its work is queued, when it is new, and when it has ended", async () => {
    await givenRunning(0);
    expect(await requeueVerifications(world.ports)).toBe(0);
    await world.pool.query("update verifications set requested_at = now() - interval '5 minutes'");
    await publishWork(world.nats, {
      kind: "enqueue",
      ref,
      lane: "list",
      item: { kind: "verify", syncId: verificationId, repair: true, history: noHistory },
      dedupeId: verificationId,
      dueAtMs: Date.now() + 60_000,
    });
    expect(await requeueVerifications(world.ports)).toBe(0);
    await world.nats.jsm.streams.purge("WORK");
    await world.pool.query("update verifications set status = 'failed'");
    expect(await requeueVerifications(world.ports)).toBe(0);
  });

  it("is left to its sync when it is one's own: the sync's listing runs it", async () => {
    await givenRunning(5);
    await world.pool.query("update verifications set sync_id = 's1'");
    expect(await requeueVerifications(world.ports)).toBe(0);
    expect((await world.ports.queue.keysOf(ref, verificationId)).size).toBe(0);
  });
});
