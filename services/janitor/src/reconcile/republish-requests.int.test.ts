import { newId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { requestSubject } from "@millrace/shared/events/subjects";
import { withClient } from "@millrace/shared/postgres/with-client";
import { noteRepairOfAll } from "@millrace/shared/projection/note-repairs";
import { givenActive, givenRequest, givenStarted } from "@millrace/shared/testing/given";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import type { ReconcilerPorts } from "./reconciler-ports.ts";
import { republishRequests, requestRepairs } from "./republish-requests.ts";

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
  await world.nats.jsm.streams.purge("REQUESTS");
  await world.pool.query("delete from sync_requests");
});

/** Accepted by the API some time ago. */
const givenAccepted = (secondsAgo = 60) =>
  world.pool.query(
    `insert into sync_requests (sync_id, tenant_id, account_id, body_hash, request, created_at)
     values ($1, $2, $3, '', $4, now() - make_interval(secs => $5))`,
    [syncId, ref.tenantId, ref.accountId, givenRequest(syncId, { query: "from:x" }), secondsAgo],
  );
const republish = (more: Partial<ReconcilerPorts> = {}) =>
  republishRequests({ ...world.ports, idleSeconds: 20, ...more });

async function published(of: AccountRef = ref): Promise<unknown[]> {
  const { state } = await world.nats.jsm.streams.info("REQUESTS");
  const bodies: unknown[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await world.nats.jsm.streams.getMessage("REQUESTS", { seq });
    if (message?.subject === requestSubject(of)) bodies.push(message.json());
  }
  return bodies;
}

describe("a request that was accepted and never started", () => {
  it("is published again, as it was asked for, with a fact that says so", async () => {
    await givenAccepted();
    expect(await republish()).toBe(1);
    expect(await published()).toEqual([givenRequest(syncId, { query: "from:x" })]);
    expect(await world.factsOf(ref)).toMatchObject([{ type: "request.republished", syncId }]);
  });

  it("is published once within a minute, and again after that", async () => {
    await givenAccepted();
    await republish();
    expect(await republish()).toBe(0);
    await world.pool.query("update sync_requests set republished_at = now() - interval '61 seconds'");
    expect(await republish()).toBe(1);
  });

  it("is given time at first", async () => {
    await givenAccepted(10);
    expect(await republish()).toBe(0);
  });

  it("is left alone once any fact has reached it", async () => {
    await givenAccepted();
    await world.append(ref, givenStarted(givenActive(syncId)));
    await world.project();
    expect(await republish()).toBe(0);
    expect(await published()).toEqual([]);
  });

  it("is none when its sync has ended long ago, and is being forgotten", async () => {
    await givenAccepted();
    await world.pool.query(
      "insert into sync_removals (sync_id, tenant_id, account_id, event_id) values ($1, $2, $3, 'told')",
      [syncId, ref.tenantId, ref.accountId],
    );
    expect(await republish()).toBe(0);
    expect(await published()).toEqual([]);
  });

  it("is published in the next turn when the broker is away in this one, and keeps no other from it", async () => {
    await givenAccepted();
    const [other, otherId] = [await world.addAccount(), newId("syn")];
    [ref, syncId] = [other, otherId];
    await givenAccepted();
    const publishRequest: ReconcilerPorts["publishRequest"] = (to, request) =>
      request.syncId === otherId
        ? Promise.reject(new Error("away"))
        : world.ports.publishRequest(to, request);
    expect(await republish({ publishRequest })).toBe(1);
    expect(await republish()).toBe(1);
    expect(await published(other)).toHaveLength(1);
  });
});

describe("accounts whose mail may be missing", () => {
  it("are each synced anew, all of them, and once", async () => {
    const accounts = [ref, await world.addAccount(), await world.addAccount()];
    await withClient(world.pool.owner, noteRepairOfAll);
    const { rows } = await world.pool.query<{ since: Date }>("select since from repairs limit 1");
    await requestRepairs(world.ports);
    for (const account of accounts)
      expect(await published(account)).toMatchObject([
        { mode: "full", trigger: "reconciler", notBefore: rows[0]?.since.toISOString() },
      ]);
    expect(await requestRepairs(world.ports)).toBe(0);
    expect((await world.pool.query("select from repairs")).rowCount).toBe(0);
  });

  it("are synced anew again when they were restored once more while we asked", async () => {
    await world.pool.query(
      "insert into repairs (account_id, tenant_id, reason, since) values ($1, $2, '', now())",
      [ref.accountId, ref.tenantId],
    );
    const publishRequest: ReconcilerPorts["publishRequest"] = async (...request) => {
      await world.ports.publishRequest(...request);
      await world.pool.query("update repairs set since = since + interval '1 second'");
    };
    await requestRepairs({ ...world.ports, publishRequest });
    expect(await requestRepairs(world.ports)).toBe(1);
    expect(await published()).toHaveLength(2);
  });
});
