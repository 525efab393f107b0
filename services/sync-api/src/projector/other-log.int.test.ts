import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureTopology } from "@millrace/shared/nats/ensure-topology";
import { readHighWaterMark } from "@millrace/shared/nats/high-water-mark";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProjectorWorld, page, until } from "../testing/projector-world.ts";

let world: ProjectorWorld;

beforeEach(async () => {
  world = await ProjectorWorld.start();
});
afterEach(() => world.stop());

const newEpochs = () => world.told("projector.new_epoch");
const lastOfEpochs = async () => {
  const { rows } = await world.pool.query(
    "select epoch, count(*)::int as events, max(seq)::int as last from events group by epoch order by epoch",
  );
  return rows;
};
const checkpoint = async () =>
  (await world.pool.query("select epoch, seq::int, event_id from checkpoints")).rows[0];
const listed = async () => (await world.pool.query("select listed::int from syncs")).rows[0]?.listed;

/** Copies the broker's store, or puts the copy back. */
async function copyStore(from: string, to: string): Promise<void> {
  await world.server.kill();
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  await world.server.restart();
  await until(() =>
    world.nats.jsm.streams.info("EVENTS").then(
      () => true,
      () => false,
    ),
  );
}

describe("another log", () => {
  it("begins a new epoch when it was created anew, and the old facts stay", async () => {
    world.startProjector();
    for (let i = 0; i < 5; i++) await world.append();
    await until(async () => (await world.count("events")) === 5);
    await world.stopProjectors();
    await world.nats.jsm.streams.delete("EVENTS");
    await ensureTopology(world.nats);
    for (let i = 0; i < 2; i++) await world.append();
    world.startProjector();
    await until(async () => (await world.count("events")) === 7);
    expect(await lastOfEpochs()).toEqual([
      { epoch: 1, events: 5, last: 5 },
      { epoch: 2, events: 2, last: 2 },
    ]);
  });

  it("begins a new epoch when it is deleted under the projector while it reads", async () => {
    world.startProjector();
    for (let i = 0; i < 5; i++) await world.append();
    await until(async () => (await world.count("events")) === 5);
    await world.nats.jsm.streams.delete("EVENTS");
    await ensureTopology(world.nats);
    for (let i = 0; i < 2; i++) await world.append();
    await until(async () => (await world.count("events")) === 7, 40_000);
    expect(await checkpoint()).toMatchObject({ epoch: 2, seq: 2 });
  });

  it("that was restored from an older copy is told again without effect, and goes on from there", async () => {
    const copy = join(world.server.storeDir, "..", "copy");
    world.startProjector();
    for (let i = 0; i < 3; i++) await world.append(page(i));
    await until(async () => (await world.count("events")) === 3);
    await copyStore(world.server.storeDir, copy);
    for (let i = 3; i < 6; i++) await world.append(page(i));
    await until(async () => (await listed()) === 18);
    const before = await world.pool.query("select * from chunks order by chunk_index");

    await copyStore(copy, world.server.storeDir);
    await until(async () => (await checkpoint()).epoch === 2, 40_000);
    await until(async () => (await checkpoint()).seq === 3);
    expect(await lastOfEpochs()).toEqual([{ epoch: 1, events: 6, last: 6 }]);
    expect((await world.pool.query("select * from chunks order by chunk_index")).rows).toEqual(before.rows);

    await world.append(page(3));
    await until(async () => (await world.count("events")) === 7);
    expect(await lastOfEpochs()).toContainEqual({ epoch: 2, events: 1, last: 4 });
    expect(await listed()).toBe(18);
    expect(world.told("postgres.restored")).toBe(0);
    rmSync(copy, { recursive: true });
  });

  it("that was restored and has grown past the checkpoint is known by its event there", async () => {
    const copy = join(world.server.storeDir, "..", "copy");
    world.startProjector();
    for (let i = 0; i < 3; i++) await world.append();
    await until(async () => (await world.count("events")) === 3);
    await copyStore(world.server.storeDir, copy);
    for (let i = 0; i < 3; i++) await world.append();
    await until(async () => (await world.count("events")) === 6, 40_000);
    await world.stopProjectors();

    await copyStore(copy, world.server.storeDir);
    for (let i = 0; i < 5; i++) await world.append();
    world.startProjector();
    await until(async () => (await world.count("events")) === 11);
    expect(await lastOfEpochs()).toEqual([
      { epoch: 1, events: 6, last: 6 },
      { epoch: 2, events: 5, last: 8 },
    ]);
    rmSync(copy, { recursive: true });
  });

  it("is not suspected where the log has forgotten by age, but missed events are told", async () => {
    world.startProjector();
    for (let i = 0; i < 4; i++) await world.append();
    await until(async () => (await world.count("events")) === 4);
    await world.stopProjectors();
    for (let i = 0; i < 4; i++) await world.append();
    await world.nats.jsm.streams.purge("EVENTS", { seq: 5 });
    world.startProjector();
    await until(async () => (await checkpoint()).seq === 8);
    expect([newEpochs(), world.told("projector.events_missed")]).toEqual([1, 0]);
    await world.stopProjectors();
    for (let i = 0; i < 4; i++) await world.append();
    await world.nats.jsm.streams.purge("EVENTS", { seq: 12 });
    world.startProjector();
    await until(async () => (await checkpoint()).seq === 12);
    expect([newEpochs(), world.told("projector.events_missed")]).toEqual([1, 1]);
    expect(world.lines.find(({ event }) => event === "projector.events_missed")).toMatchObject({
      missedEvents: 3,
    });
  });
});

describe("a Postgres that was restored from an older backup", () => {
  const views = async () => ({
    syncs: (await world.pool.query("select * from syncs order by id")).rows,
    chunks: (await world.pool.query("select * from chunks order by sync_id, chunk_index")).rows,
    events: (await world.pool.query("select * from events order by epoch, seq")).rows,
  });
  const repairs = async () =>
    (await world.pool.query("select account_id, tenant_id, since from repairs order by account_id")).rows;
  const projectAll = async (events: number) => {
    world.startProjector();
    await until(async () => (await world.count("events")) === events);
    await world.stopProjectors(); // and writes its mark
  };

  it("catches up from the log, and asks for the accounts whose mail may be missing", async () => {
    await world.appendChunk("acc_1");
    await world.appendChunk("acc_2");
    await projectAll(2);
    const backup = await world.backUpDatabase();
    await world.appendChunk("acc_2");
    await world.append({}, "acc_3");
    await world.appendChunk("acc_4");
    await projectAll(5);
    // Appended, and its mail stored, while nobody projected.
    await world.appendChunk("acc_5");
    expect(await repairs()).toEqual([]);
    const before = await views();

    await world.restoreDatabase(backup);
    world.startProjector();
    await until(async () => (await world.count("events")) === 6);
    expect(world.told("postgres.restored")).toBe(1);
    expect(world.restorations).toBe(1); // what else hangs on rows is told of it
    const after = await views();
    expect(after.chunks.filter(({ account_id }) => account_id !== "acc_5")).toEqual(before.chunks);
    expect(after.events.slice(0, 5)).toEqual(before.events);
    const asked = await repairs();
    expect(asked.map(({ account_id }) => account_id)).toEqual(["acc_2", "acc_4", "acc_5"]);
    expect(asked.every(({ tenant_id }) => tenant_id === "acme")).toBe(true);
    expect(new Set(asked.map(({ since }) => since.getTime())).size).toBe(1);

    // It has caught up: what happens now is nothing to repair.
    await world.appendChunk("acc_1");
    await until(async () => (await world.count("events")) === 7);
    expect(await repairs()).toHaveLength(3);
    expect((await world.pool.query("select restored_until from checkpoints")).rows).toEqual([
      { restored_until: null },
    ]);
  });

  it("remembers what it has to catch up with, over an end in the middle of it", async () => {
    await world.appendChunk("acc_1");
    await projectAll(1);
    const backup = await world.backUpDatabase();
    for (let i = 0; i < 600; i++) await world.appendChunk("acc_2");
    await world.appendChunk("acc_3");
    await projectAll(602);
    await world.restoreDatabase(backup);
    // Ends after its first batch at the latest.
    world.startProjector();
    await until(async () => (await checkpoint()).seq > 1);
    await world.stopProjectors();
    const { rows } = await world.pool.query("select seq::int, restored_until::int from checkpoints");
    expect(rows[0]).toMatchObject({ restored_until: rows[0].seq === 602 ? null : 602 });
    expect((await readHighWaterMark(world.nats))?.seq).toBe(602);
    await projectAll(602);
    expect((await repairs()).map(({ account_id }) => account_id)).toEqual(["acc_2", "acc_3"]);
    expect(new Set((await repairs()).map(({ since }) => since.getTime())).size).toBe(1);
  });

  it("asks for every account when the log does not tell what is missing", async () => {
    await world.pool.query("insert into tenants (id, name) values ('acme', 'Acme')");
    for (const id of ["acc_1", "acc_2"]) {
      const values = [id, `${id}@example.com`];
      await world.pool.query(
        `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
         values ($1, 'acme', 'gmail', $2, 'x')`,
        values,
      );
    }
    await world.appendChunk("acc_1");
    await projectAll(1);
    const backup = await world.backUpDatabase();
    await world.nats.jsm.streams.delete("EVENTS");
    await ensureTopology(world.nats);
    await world.append();
    await projectAll(2);
    await world.restoreDatabase(backup);
    world.startProjector();
    await until(async () => (await world.count("events")) === 2);
    // A number that nobody has seen: what clients know stays older than what comes.
    expect(await checkpoint()).toMatchObject({ epoch: 3, seq: 1 });
    expect((await repairs()).map(({ account_id }) => account_id)).toEqual(["acc_1", "acc_2"]);
  });

  it("is not suspected after a mere restart", async () => {
    for (let i = 0; i < 3; i++) await world.appendChunk("acc_1");
    await projectAll(3);
    await world.appendChunk("acc_1");
    await projectAll(4);
    expect(world.told("postgres.restored")).toBe(0);
    expect(world.restorations).toBe(0);
    expect(await repairs()).toEqual([]);
  });
});
