import { randomBytes } from "node:crypto";
import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { BlobStore, PutBlob } from "../blobs/blob-store.ts";
import { createFolderStore } from "../blobs/create-folder-store.ts";
import { createPool, type Pool } from "../postgres/create-pool.ts";
import type { ProviderSession } from "../providers/mail-provider.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { findOrphanBlobs, type LookedAt } from "./find-orphan-blobs.ts";
import { keepAttachment } from "./keep-attachment.ts";
import { createRawMessages } from "./raw-messages.ts";

let database: TestDatabase;
let pool: TestPool;
let fetching: Pool;
let folder: string;
let blobs: BlobStore;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "janitor", 4);
  fetching = createPool(database.url, "fetcher", 2, silentLogger);
  folder = await mkdtemp(join(tmpdir(), "millrace-orphans-"));
  blobs = createFolderStore(folder);
  await pool.query("insert into tenants (id, name) values ('acme', 'Acme')");
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials)
     values ('acc_1', 'acme', 'gmail', 'a@example.com', '')`,
  );
});
afterAll(async () => {
  await fetching?.end();
  await pool?.end();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

async function addAttachment(providerId: string): Promise<void> {
  await pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work)
     values ('acc_1', $1, 'acme', 'msg_' || $1, '{}', 1, '', '{}', '[]', '{}', 'full', '{}', '', 's', 0)`,
    [providerId],
  );
  await pool.query(
    `insert into attachments (account_id, provider_id, part_id, tenant_id, position, mime_type, size_bytes)
     values ('acc_1', $1, '1', 'acme', 0, 'image/png', 3)`,
    [providerId],
  );
}

/** Keeps content as the services do. */
async function keep(providerId: string, content: Buffer): Promise<PutBlob> {
  async function* read() {
    yield content;
  }
  const session = {
    fetchAttachment: async () => ({ ok: true, value: read() }),
  } as unknown as ProviderSession;
  const kept = await keepAttachment(
    { pool: fetching, blobs, raws: createRawMessages(fetching) },
    session,
    {
      tenantId: "acme",
      accountId: "acc_1",
      providerId,
      partId: "1",
      providerAttachmentId: "a",
      isInRaw: false,
      place: null,
    },
    new AbortController().signal,
  );
  if (!kept.ok) throw new Error(kept.fault.message);
  return kept.value;
}

async function age(sha256: string, days: number): Promise<void> {
  const at = new Date(Date.now() - days * 86_400_000);
  await utimes(join(folder, sha256.slice(0, 2), sha256.slice(2, 4), sha256), at, at);
}

async function orphans(): Promise<string[]> {
  const found: string[] = [];
  const yesterday = new Date(Date.now() - 86_400_000);
  for await (const piece of findOrphanBlobs(pool, blobs, yesterday))
    found.push(...piece.orphans.map(({ sha256 }) => sha256));
  return found;
}

it("content without a row is an orphan once it is old; content that any row names is none", async () => {
  const content = randomBytes(100);
  await addAttachment("m1");
  await addAttachment("m2");
  const { sha256 } = await keep("m1", content);
  expect((await keep("m2", content)).sha256).toBe(sha256);
  // Its message was removed, or never written, while the content came.
  const lost = await keep("m-removed", randomBytes(50));
  const young = await keep("m-removed", randomBytes(50));
  await age(sha256, 2);
  await age(lost.sha256, 2);
  expect(await orphans()).toEqual([lost.sha256]);

  await pool.query("delete from messages where provider_id = 'm1'");
  expect(await orphans()).toEqual([lost.sha256]); // the other row still names it
  await pool.query("delete from messages where provider_id = 'm2'");
  expect(await orphans()).toEqual([sha256, lost.sha256].sort());
  await age(young.sha256, 2);
  expect(await orphans()).toHaveLength(3);
});

it("is found among more blobs than are asked for at once", async () => {
  const names = Array.from({ length: 1_200 }, () => randomBytes(32).toString("hex"));
  const many: Pick<BlobStore, "list"> = {
    async *list() {
      for (const sha256 of names) yield { sha256, sizeBytes: 1, putAt: new Date(0) };
    },
  };
  await addAttachment("m3");
  await pool.query(
    `update attachments set sha256 = $1, blob_size = 1, fetched_at = now() where provider_id = 'm3'`,
    [names[700]],
  );
  const pieces: LookedAt[] = [];
  for await (const piece of findOrphanBlobs(pool, many, new Date())) pieces.push(piece);
  expect(pieces.flatMap(({ orphans }) => orphans.map(({ sha256 }) => sha256))).toEqual(
    names.toSpliced(700, 1),
  );
  expect(pieces.map(({ last }) => last)).toEqual([names[499], names[999], names[1_199]]);
});
