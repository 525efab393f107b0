import { publishNewer } from "@millrace/shared/testing/publish-newer";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ProjectorWorld, page, until } from "../testing/projector-world.ts";

let world: ProjectorWorld;

beforeEach(async () => {
  world = await ProjectorWorld.start();
});
afterEach(() => world.stop());

it("waits at a newer version's event, and goes on when a newer copy has projected it", async () => {
  await world.append(page(0));
  await publishNewer(world.nats, { tenantId: "acme", accountId: "acc_1" }, "newer", {
    type: "sync.renamed",
    version: 1,
  });
  await world.append(page(1));
  const projector = world.startProjector();
  await until(async () => world.told("projector.newer_fact") >= 2);
  expect(await world.count("events")).toBe(1);
  expect((await world.pool.query("select seq::int from checkpoints")).rows).toEqual([{ seq: 1 }]);
  expect(projector.isHealthy()).toBe(true); // it serves what there is
  // What the newer copy does, which gets the lock meanwhile.
  await world.pool.query("update checkpoints set seq = 2, event_id = 'newer'");
  await until(async () => (await world.count("events")) === 2);
  expect((await world.pool.query("select listed::int from syncs")).rows).toEqual([{ listed: 6 }]);
});
