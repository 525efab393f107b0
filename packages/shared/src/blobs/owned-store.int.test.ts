import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { listeningLogger } from "../testing/listening-logger.ts";
import type { BlobStore } from "./blob-store.ts";
import { createFolderStore } from "./create-folder-store.ts";
import { createS3Store } from "./create-s3-store.ts";
import { ownedStore } from "./owned-store.ts";
import { startTestS3, type TestS3 } from "./testing/start-test-s3.ts";

let database: TestDatabase;
let pool: TestPool;
let scratch: string;
let s3: TestS3;
let installation: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 4);
  scratch = await mkdtemp(join(tmpdir(), "millrace-owned-"));
  s3 = await startTestS3();
  const { rows } = await pool.query<{ id: string }>("select id from installation");
  installation = rows[0]?.id ?? "";
});
afterAll(async () => {
  await s3?.stop();
  await pool?.end();
  await database?.drop();
  await rm(scratch, { recursive: true, force: true });
});
beforeEach(async () => {
  await pool.query("update installation set blob_store_owner = null");
});

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
async function namesIn(store: BlobStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { sha256 } of store.list()) names.push(sha256);
  return names;
}
const inAnHour = () => new Date(Date.now() + 3_600_000);
/** Each operation, by its name. */
const operationsOf = (store: BlobStore, sha256: string): readonly [string, () => Promise<unknown>][] => [
  ["put", () => store.put(bytes("another"))],
  ["open", () => store.open(sha256)],
  ["has", () => store.has(sha256)],
  ["delete", () => store.delete(sha256, inAnHour())],
  ["list", () => namesIn(store)],
  ["removeUnfinished", () => store.removeUnfinished(inAnHour())],
];
const missing = { code: "blob_store_away", cause: { code: "blob_store_missing" } };

describe("a store that was in use and has lost its mark", () => {
  it.each<[string, (place: string) => BlobStore]>([
    ["folder", (place) => createFolderStore(join(scratch, place))],
    ["bucket", (place) => createS3Store({ ...s3.options, prefix: `${place}/` })],
  ])("is no %s to begin anew, for whoever comes and whatever he wants", async (kind, open) => {
    const { sha256 } = await ownedStore(open(`${kind}-used`), pool).put(bytes("ours"));
    const elsewhere = open(`${kind}-elsewhere`);
    for (const [name, operation] of operationsOf(ownedStore(elsewhere, pool), sha256))
      await expect(operation(), name).rejects.toMatchObject(missing);
    expect([await elsewhere.owner(), await namesIn(elsewhere)]).toEqual([null, []]);
    expect(await ownedStore(open(`${kind}-used`), pool).has(sha256)).toBe(4);
  });

  it("is noticed by a service that runs, which makes no folder and says it once, and goes on when it is back", async () => {
    const folder = join(scratch, "moved");
    const log = listeningLogger();
    const store = ownedStore(createFolderStore(folder), pool, { place: folder, log: log.log });
    const { sha256 } = await store.put(bytes("ours"));
    await rename(folder, `${folder}-away`);
    for (const [name, operation] of operationsOf(store, sha256))
      await expect(operation(), name).rejects.toMatchObject(missing);
    expect(await readdir(scratch)).not.toContain("moved");
    expect(log.told.filter(({ event }) => event === "blobs.mark_missing")).toHaveLength(1);
    await rename(`${folder}-away`, folder);
    expect(await store.has(sha256)).toBe(4);
    expect(log.told.at(-1)).toMatchObject({ event: "blobs.mark_found" });
  });

  it("is noticed within its time where a look costs something", async () => {
    const folder = join(scratch, "timed");
    const store = ownedStore(createFolderStore(folder), pool, { markMs: 300 });
    const { sha256 } = await store.put(bytes("ours"));
    await rm(folder, { recursive: true });
    await expect.poll(() => store.has(sha256).catch(({ cause }) => cause.code)).toBe("blob_store_missing");
  });

  it("says where it is and what to do, by which an empty one is begun on purpose", async () => {
    const folder = join(scratch, "on-purpose");
    await ownedStore(createFolderStore(folder), pool).put(bytes("ours"));
    await rm(join(folder, "owner"));
    const store = ownedStore(createFolderStore(folder), pool, { place: folder });
    const error = await store.put(bytes("new")).catch(({ cause }) => cause);
    expect(error.message).toContain(`${folder} is not the store`);
    expect(error.message).toContain("Is the disk mounted");
    expect(error.message).toContain(`write ${installation} into its file \`owner\``);
    await writeFile(join(folder, "owner"), `${installation}\n`);
    expect((await store.put(bytes("new"))).sizeBytes).toBe(3);
  });

  it("is known to one who met its mark only, and to no copy of the database with an id of its own", async () => {
    const folder = join(scratch, "met");
    await createFolderStore(folder).claim(installation);
    const store = ownedStore(createFolderStore(folder), pool);
    expect(await store.has("0".repeat(64))).toBe(null);
    await rm(folder, { recursive: true });
    await expect(store.has("0".repeat(64))).rejects.toMatchObject(missing);
    await pool.query("update installation set id = gen_random_uuid()");
    const copy = ownedStore(createFolderStore(join(scratch, "copy")), pool);
    expect((await copy.put(bytes("of the copy"))).sizeBytes).toBe(11);
    await pool.query("update installation set id = $1", [installation]);
  });
});
