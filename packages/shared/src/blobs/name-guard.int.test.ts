import { createHash } from "node:crypto";
import { mkdtemp, rm, utimes } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../postgres/create-pool.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import type { BlobStore } from "./blob-store.ts";
import { createFolderStore } from "./create-folder-store.ts";
import { createS3Store } from "./create-s3-store.ts";
import { createNameGuard, type NameGuard } from "./name-guard.ts";
import { startTestS3, type TestS3 } from "./testing/start-test-s3.ts";

const content = Buffer.from("what several carry");
const sha256 = createHash("sha256").update(content).digest("hex");
const path = join(sha256.slice(0, 2), sha256.slice(2, 4), sha256);
const longAgo = new Date("2020-01-01T00:00:00Z");
const yesterday = () => new Date(Date.now() - 86_400_000);

let database: TestDatabase;
let janitor: TestPool;
let fetcher: Pool;
let folder: string;
let s3: TestS3;

beforeAll(async () => {
  database = await createTestDatabase();
  janitor = createTestPool(database.url, "janitor", 4);
  fetcher = createPool(database.url, "fetcher", 4, silentLogger);
  folder = await mkdtemp(join(tmpdir(), "millrace-guard-"));
  s3 = await startTestS3();
  await janitor.query("insert into tenants (id, name) values ('acme', 'Acme')");
  await janitor.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ('acc_1', 'acme', 'gmail', 'a', '')`,
  );
  await janitor.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work)
     values ('acc_1', 'm1', 'acme', 'msg_1', '{}', 1, '', '{}', '[]', '{}', 'full', '{}', '', 's', 0)`,
  );
  await janitor.query(
    `insert into attachments (account_id, provider_id, part_id, tenant_id, position, mime_type, size_bytes)
     values ('acc_1', 'm1', '1', 'acme', 0, 'image/png', 3)`,
  );
});
afterAll(async () => {
  await s3?.stop();
  await fetcher?.end();
  await janitor?.end();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Kind {
  open(guard: NameGuard): BlobStore;
  readonly file: () => string;
}
const kinds: readonly [string, Kind][] = [
  ["a folder", { open: (guard) => createFolderStore(folder, guard), file: () => join(folder, path) }],
  ["S3", { open: (guard) => createS3Store(s3.options, guard), file: () => s3.fileOf(`sha256/${path}`) }],
];
async function* bytes() {
  yield content;
}
/** Does not go on with its work before it is told to. */
function held(guard: NameGuard) {
  const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const wait = async <T>(work: () => Promise<T>): Promise<T> => {
    begun.resolve();
    await go.promise;
    return work();
  };
  const guarded: NameGuard = {
    naming: (name, work) => guard.naming(name, () => wait(work)),
    removing: (name, work) => guard.removing(name, (lost) => wait(() => work(lost))),
  };
  return { guarded, begun: begun.promise, go: () => go.resolve() };
}
const name = (value: string) =>
  janitor.query("update attachments set sha256 = $1, blob_size = 3, fetched_at = now()", [value]);
const unname = () =>
  janitor.query("update attachments set sha256 = null, blob_size = null, fetched_at = null");

describe.each(kinds)("%s", (_kind, { open, file }) => {
  beforeEach(async () => {
    await unname();
    await open(createNameGuard(fetcher)).put(bytes());
    await utimes(file(), longAgo, longAgo);
  });

  it("a put of what is being removed comes after the removal, and the blob is there", async () => {
    const { guarded, begun, go } = held(createNameGuard(janitor));
    const removing = open(guarded).delete(sha256, yesterday());
    await begun;
    const writer = open(createNameGuard(fetcher));
    let isPut = false;
    const putting = writer.put(bytes()).then(() => {
      isPut = true;
    });
    const waits = `select from pg_locks where locktype = 'advisory' and not granted`;
    await expect.poll(async () => (await janitor.query(waits)).rowCount).toBe(1);
    expect(isPut).toBe(false);
    go();
    expect(await removing).toBe(true);
    await putting;
    expect(await writer.has(sha256)).toBe(content.length);
  });

  it("what is being put is not removed, and neither is it once it was put", async () => {
    const { guarded, begun, go } = held(createNameGuard(fetcher));
    const putting = open(guarded).put(bytes());
    await begun;
    const remover = open(createNameGuard(janitor));
    expect(await remover.delete(sha256, yesterday())).toBe(false);
    go();
    await putting;
    expect(await remover.delete(sha256, yesterday())).toBe(false);
    expect(await remover.has(sha256)).toBe(content.length);
  });

  it("what a row names is not removed, however old it is; then it is", async () => {
    const remover = open(createNameGuard(janitor));
    await name(sha256);
    expect(await remover.delete(sha256, yesterday())).toBe(false);
    await unname();
    expect(await remover.delete(sha256, yesterday())).toBe(true);
    expect(await remover.has(sha256)).toBe(null);
  });
});

it("S3: a removal that is on its way is called back when its lock is lost with its connection", async () => {
  await unname();
  await using slow = await startSlowDeletes(s3.options.endpoint);
  const remover = createS3Store({ ...s3.options, endpoint: slow.url }, createNameGuard(janitor));
  await remover.put(bytes());
  const path = s3.fileOf(`sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`);
  await utimes(path, longAgo, longAgo);
  const outcome = remover.delete(sha256, yesterday()).catch((error: Error) => error);
  await slow.asked;
  await janitor.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
  );
  const writer = createS3Store(s3.options, createNameGuard(fetcher));
  await writer.put(bytes());
  expect(await outcome).toBeInstanceOf(Error);
  slow.go();
  await slow.settled;
  expect(await writer.has(sha256)).toBe(content.length);
  remover.close();
  writer.close();
});

/** Passes on what it is asked; removals, except of what was being put, when it is told to, if whoever asks still waits. */
async function startSlowDeletes(endpoint = "") {
  const [asked, go, settled] = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  const server = createServer(async (request, response) => {
    const isHeld = request.method === "DELETE" && request.url?.includes("/sha256/") === true;
    if (isHeld) {
      let isGone = false;
      response.once("close", () => {
        isGone = true;
      });
      asked?.resolve();
      await go?.promise;
      if (isGone) return settled?.resolve();
    }
    const { method, url, headers } = request;
    const forwarded = httpRequest(endpoint + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
      if (isHeld) answer.once("end", () => settled?.resolve());
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked?.promise,
    go: () => go?.resolve(),
    settled: settled?.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
