import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { liveMemoryBytes } from "../testing/live-memory.ts";
import { type BlobStore, BlobStoreAwayError } from "./blob-store.ts";
import { createFolderStore } from "./create-folder-store.ts";
import { createS3Store } from "./create-s3-store.ts";
import { startTestS3, type TestS3 } from "./testing/start-test-s3.ts";

let folder: string;
let s3: TestS3;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-blobs-"));
  s3 = await startTestS3();
});
afterAll(async () => {
  await s3?.stop();
  await rm(folder, { recursive: true, force: true });
});

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
async function* pieces(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function readAll(source: AsyncIterable<Uint8Array> | null): Promise<Buffer | null> {
  if (source === null) return null;
  const all: Uint8Array[] = [];
  for await (const piece of source) all.push(piece);
  return Buffer.concat(all);
}
async function namesIn(store: BlobStore, after?: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { sha256 } of store.list(after)) names.push(sha256);
  return names;
}
const later = () => new Date(Date.now() + 3_600_000);
const longAgo = new Date("2020-01-01T00:00:00Z");

/** Each test has a store of its own. */
const stores: readonly [string, (name: string) => BlobStore][] = [
  ["a folder", (name) => createFolderStore(join(folder, name))],
  ["S3", (name) => createS3Store({ ...s3.options, prefix: `${name}/` })],
];

describe.each(stores)("%s", { timeout: 60_000 }, (_kind, newStore) => {
  it("gives back what was put, whole and in ranges, whatever its size", async () => {
    const store = newStore("whole");
    // Nothing, little, and more than S3 takes in one part.
    for (const size of [0, 2, 11 * 1024 ** 2]) {
      const bytes = randomBytes(size);
      const put = await store.put(pieces(bytes));
      expect(put).toEqual({ sha256: sha256Of(bytes), sizeBytes: size });
      expect(await store.has(put.sha256)).toBe(size);
      const whole = await readAll(await store.open(put.sha256));
      expect(whole?.equals(bytes)).toBe(true);
      if (size === 0) continue;
      for (const [start, end] of [
        [0, Math.min(1, size - 1)],
        [size - 1, size - 1],
        [Math.floor(size / 3), Math.floor(size / 2)],
      ] as const) {
        const part = await readAll(await store.open(put.sha256, { start, end }));
        expect(part?.equals(bytes.subarray(start, end + 1))).toBe(true);
      }
    }
  });

  it("has one copy, however often and by how many at a time it is put", async () => {
    const store = newStore("once");
    const bytes = randomBytes(300_000);
    const puts = await Promise.all(Array.from({ length: 8 }, () => store.put(pieces(bytes))));
    expect(new Set(puts.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(await namesIn(store)).toEqual([sha256Of(bytes)]);
    expect((await readAll(await store.open(sha256Of(bytes))))?.equals(bytes)).toBe(true);
    expect(await store.removeUnfinished(later())).toBe(0); // nothing was left beside it
  });

  it("lists in the order of names, from where it is told to", async () => {
    const store = newStore("ordered");
    const names: string[] = [];
    for (let n = 0; n < 12; n++) names.push((await store.put(pieces(Buffer.from(`content ${n}`)))).sha256);
    names.sort();
    expect(await namesIn(store)).toEqual(names);
    expect(await namesIn(store, names[4])).toEqual(names.slice(5));
    const between = `${names[7]?.slice(0, 63)}${names[7]?.endsWith("0") ? "1" : "0"}`;
    expect(await namesIn(store, between)).toEqual(names.filter((name) => name > between));
    expect(await namesIn(store, "f".repeat(64))).toEqual([]);
    expect(await namesIn(store, "0".repeat(64))).toEqual(names);
  });

  it("keeps nothing of a source that fails, and passes its error on", async () => {
    const store = newStore("failing");
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield randomBytes(6 * 1024 ** 2);
      throw new TypeError("the provider hung up");
    }
    await expect(store.put(failing())).rejects.toThrow("the provider hung up");
    expect(await namesIn(store)).toEqual([]);
    expect(await store.removeUnfinished(later())).toBe(0);
  });

  it("stops when it is told to", async () => {
    const store = newStore("stopped");
    const stop = new AbortController();
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        if (++given === 20) stop.abort(new Error("the client left"));
        yield randomBytes(64 * 1024);
      }
    }
    await expect(store.put(endless(), stop.signal)).rejects.toThrow("the client left");
    expect(given).toBeLessThan(200);
    expect(await namesIn(store)).toEqual([]);
  });

  it("says null for what is not there, and refuses names that are none", async () => {
    const store = newStore("absent");
    const name = sha256Of(Buffer.from("nobody put it"));
    expect([await store.has(name), await store.open(name), await store.delete(name, later())]).toEqual([
      null,
      null,
      false,
    ]);
    expect(await namesIn(store)).toEqual([]);
    for (const bad of ["", "../../etc/passwd", name.toUpperCase(), `${name}0`]) {
      await expect(store.has(bad)).rejects.toThrow(RangeError);
      await expect(store.open(bad)).rejects.toThrow(RangeError);
    }
  });

  it("deletes what is old, and never what was put meanwhile", async () => {
    const store = newStore("deleting");
    const { sha256 } = await store.put(pieces(randomBytes(1_000)));
    expect(await store.delete(sha256, longAgo)).toBe(false);
    expect(await store.has(sha256)).toBe(1_000);
    expect(await store.delete(sha256, later())).toBe(true);
    expect([await store.has(sha256), await namesIn(store)]).toEqual([null, []]);
  });

  it("has one owner: the first that says so, also of several at once, and its word is no blob", async () => {
    const store = newStore("owned");
    const first = await Promise.all(["a", "a", "a"].map((name) => store.claim(name)));
    expect(first).toEqual(["a", "a", "a"]);
    expect(await store.claim("b")).toBe("a");
    expect(await namesIn(store)).toEqual([]);
    expect(await store.removeUnfinished(later())).toBe(0);
  });

  it("holds pieces in memory and not the blob", async () => {
    const store = newStore("memory");
    const piece = randomBytes(64 * 1024);
    const before = liveMemoryBytes();
    let peak = before;
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 960; i++) {
        if (i % 48 === 0) peak = Math.max(peak, liveMemoryBytes());
        yield piece;
      }
    }
    expect((await store.put(large())).sizeBytes).toBe(60 * 1024 ** 2);
    expect(peak - before).toBeLessThan(25 * 1024 ** 2);
  });
});

it("a folder: putting again makes a blob young, so that a search for orphans leaves it", async () => {
  const root = join(folder, "young");
  const store = createFolderStore(root);
  const bytes = randomBytes(100);
  const { sha256 } = await store.put(pieces(bytes));
  await utimes(join(root, sha256.slice(0, 2), sha256.slice(2, 4), sha256), longAgo, longAgo);
  for await (const listed of store.list()) expect(listed.putAt).toEqual(longAgo);
  await store.put(pieces(bytes));
  expect(await store.delete(sha256, new Date(Date.now() - 60_000))).toBe(false);
});

it("a folder: what a crash left of a put is no blob, and is removed by its age", async () => {
  const root = join(folder, "crashed");
  const store = createFolderStore(root);
  const death = Promise.withResolvers<void>();
  const dying = store.put(
    (async function* () {
      yield Buffer.from("half of it");
      await death.promise;
    })(),
  );
  dying.catch(() => {});
  await expect.poll(async () => (await readdir(join(root, "incoming"))).length).toBe(1);
  expect(await namesIn(store)).toEqual([]);
  expect(await store.removeUnfinished(longAgo)).toBe(0);
  expect(await store.removeUnfinished(later())).toBe(1);
  death.resolve();
  await expect(dying).rejects.toThrow(BlobStoreAwayError); // its file is gone
});

it("a store that cannot be reached or written is away, and not a fault of the content", async () => {
  const broken = createFolderStore("/dev/null/blobs");
  await expect(broken.put(pieces(Buffer.from("x")))).rejects.toThrow(BlobStoreAwayError);
  const unreachable = createS3Store({ ...s3.options, endpoint: "http://127.0.0.1:1" });
  await expect(unreachable.put(pieces(Buffer.from("x")))).rejects.toThrow(BlobStoreAwayError);
  await expect(unreachable.has(sha256Of(Buffer.from("x")))).rejects.toThrow(BlobStoreAwayError);
  const bucketless = createS3Store({ ...s3.options, bucket: "no-such-bucket" });
  await expect(bucketless.open(sha256Of(Buffer.from("x")))).rejects.toThrow(BlobStoreAwayError);
});
