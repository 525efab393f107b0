import { randomBytes } from "node:crypto";
import { mkdtemp, rename, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import { noAccount, noTenant } from "@millrace/shared/events/identifiers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startWorld, type TestWorld } from "../testing/start-world.ts";
import { usualRetention } from "../testing/usual-retention.ts";
import { retentionTask } from "./keep-retention.ts";
import type { RetentionPorts } from "./retention-ports.ts";

let world: TestWorld;
let folder: string;
let store: BlobStore;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());
beforeEach(async () => {
  await world.pool.query("update installation set blob_store_owner = null"); // each test has a folder of its own
  folder = await mkdtemp(join(tmpdir(), "millrace-blobs-"));
  store = ownedStore(createFolderStore(folder), world.pool);
  await world.pool.query("truncate retention_runs");
  // Its schedule has nothing to do.
  await world.pool.query(
    `insert into retention_runs (id, task, dry_run, state, started_at, ended_at) values ('ret_0', 'blobs', false, 'completed', now(), now())`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Contents that nobody carries and that have had their time, by name. */
async function addOrphans(count: number): Promise<string[]> {
  const names: string[] = [];
  const longAgo = new Date(Date.now() - 48 * 3_600_000);
  for (let n = 0; n < count; n++) {
    const bytes = randomBytes(10);
    const { sha256 } = await store.put(
      (async function* () {
        yield bytes;
      })(),
    );
    await utimes(join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256), longAgo, longAgo);
    names.push(sha256);
  }
  return names.sort();
}
let asked = 0;
async function run(more: Partial<RetentionPorts> = {}): Promise<void> {
  await world.pool.query(
    "insert into retention_runs (id, task, dry_run, asked_by, state) values ($1, 'blobs', false, 'operator', 'requested')",
    [`ret_${++asked}`],
  );
  await turn(more);
}
const turn = (more: Partial<RetentionPorts> = {}) =>
  retentionTask(
    { ...usualRetention, RETENTION_SCHEDULES: {} },
    { ...world.ports, blobs: store, ...more },
    async () => true,
  ).run(new AbortController().signal);
const nobodys = () => world.factsOf({ tenantId: noTenant, accountId: noAccount });
async function named(names: readonly string[]): Promise<string[]> {
  const told = (await nobodys()).flatMap((fact) => (fact.type === "blobs.removed" ? fact.sha256 : []));
  return told.filter((name) => names.includes(name)).toSorted();
}
const recordOf = async (id: string) =>
  (
    await world.pool.query(
      "select state, removed, bytes::integer, removing from retention_runs where id = $1",
      [id],
    )
  ).rows[0];

describe("content that a run removes", () => {
  it("is named by facts of the installation, a hundred at a time, as is the run itself", async () => {
    const names = await addOrphans(250);
    await run();
    const facts = (await nobodys()).filter(({ type }) => type === "blobs.removed");
    expect(
      facts.map((fact) => fact.type === "blobs.removed" && [fact.runId, fact.sha256.length, fact.bytes]),
    ).toEqual([
      [`ret_${asked}`, 100, 1_000],
      [`ret_${asked}`, 100, 1_000],
      [`ret_${asked}`, 50, 500],
    ]);
    expect(await named(names)).toEqual(names);
    const ran = (await nobodys()).filter(
      (fact) => fact.type === "retention.ran" && fact.runId === `ret_${asked}`,
    );
    expect(ran).toMatchObject([{ task: "blobs", removed: { blobs: 250 }, bytes: 2_500 }]);
    expect(await recordOf(`ret_${asked}`)).toEqual({
      state: "completed",
      removed: { blobs: 250 },
      bytes: 2_500,
      removing: [],
    });
  });

  it("is in the audit trail, with its period: as long as what happened to accounts", async () => {
    const names = await addOrphans(3);
    await run();
    await world.project();
    const left = async () =>
      (
        await world.pool.query("select from events where tenant_id = '_' and fact -> 'sha256' ? $1", [
          names[0],
        ])
      ).rowCount;
    expect(await left()).toBe(1);
    await world.pool.query(
      "update events set happened_at = now() - interval '364 days' where tenant_id = '_' and type = 'blobs.removed'",
    );
    const remove = async () => {
      await world.pool.query("truncate retention_runs");
      await turn();
    };
    await remove();
    expect(await left()).toBe(1);
    await world.pool.query(
      "update events set happened_at = now() - interval '366 days' where tenant_id = '_' and type = 'blobs.removed'",
    );
    await remove();
    expect(await left()).toBe(0);
  });

  it("is told of by the next run, where the janitor died before it could say so; what was not removed is not", async () => {
    const names = await addOrphans(5);
    let deleted = 0;
    /** What a death leaves: the store has done it, and no line of the janitor's comes after. */
    const never = new Promise<never>(() => {});
    let died = () => {};
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const dying: BlobStore = {
      ...store,
      delete: async (sha256, notSince) => {
        const isRemoved = await store.delete(sha256, notSince);
        if (++deleted < 3) return isRemoved;
        died();
        return never;
      },
    };
    void run({ blobs: dying });
    await death;
    const id = `ret_${asked}`;
    expect(await named(names)).toEqual([]);
    expect(await recordOf(id)).toMatchObject({ state: "running", removed: {} });
    const kept = await store.has(names[4] ?? "");
    expect(kept).toBe(10);
    await turn({ blobs: { ...store, list: async function* () {} } });
    expect(await named(names)).toEqual(names.slice(0, 3));
    expect(await recordOf(id)).toMatchObject({
      state: "completed",
      removed: { blobs: 3 },
      bytes: 30,
      removing: [],
    });
    await run();
    expect(await named(names)).toEqual(names);
  });

  it("is told of once, where the janitor died after it has said so, and after the broker was away", async () => {
    const names = await addOrphans(4);
    const away = { append: async () => Promise.reject(new Error("away")) };
    await run(away);
    expect(await recordOf(`ret_${asked}`)).toMatchObject({ state: "failed", removed: {} });
    expect(await named(names)).toEqual([]);
    const said: RetentionPorts["append"] = async (effect) => {
      await world.ports.append(effect);
      throw new Error("killed");
    };
    await run({ append: said });
    expect(await named(names)).toEqual(names);
    await run();
    await world.project();
    const { rows } = await world.pool.query(
      "select count(*)::integer as n from events where tenant_id = '_' and fact -> 'sha256' ? $1",
      [names[0]],
    );
    expect(rows).toEqual([{ n: 1 }]);
    expect(await recordOf(`ret_${asked}`)).toMatchObject({ removed: { blobs: 4 }, bytes: 40, removing: [] });
  });

  it("whose removal the store did not answer is found out about by the next run", async () => {
    const names = await addOrphans(2);
    const unsure: BlobStore = {
      ...store,
      delete: async (sha256, notSince) => {
        await store.delete(sha256, notSince);
        throw new Error("no answer");
      },
    };
    await run({ blobs: unsure });
    expect(await named(names)).toEqual([]);
    expect(await recordOf(`ret_${asked}`)).toMatchObject({
      state: "failed",
      removing: [{ sha256: names[0] }],
    });
    await run();
    expect(await named(names)).toEqual(names);
    expect(await recordOf(`ret_${asked}`)).toMatchObject({ removed: { blobs: 2 }, bytes: 20 });
  });

  it("is not looked for in a folder that is not the store: the run fails, tells of nothing, and makes none", async () => {
    const names = await addOrphans(2);
    await world.pool.query("update retention_runs set removing = $1 where id = 'ret_0'", [
      JSON.stringify([{ sha256: names[0], sizeBytes: 10 }]),
    ]);
    await rename(folder, `${folder}-away`);
    await run();
    expect(await recordOf(`ret_${asked}`)).toMatchObject({ state: "failed", removed: {} });
    const { rows } = await world.pool.query(`select failure from retention_runs where id = 'ret_${asked}'`);
    expect(rows[0]?.failure).toContain("Is the disk mounted");
    expect(await named(names)).toEqual([]);
    await expect(stat(folder)).rejects.toMatchObject({ code: "ENOENT" });
    await rename(`${folder}-away`, folder);
    await run();
    expect(await named(names)).toEqual(names);
  });
});
