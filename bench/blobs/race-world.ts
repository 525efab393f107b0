import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { keepAttachment } from "@millrace/shared/attachments/keep-attachment";
import { createRawMessages } from "@millrace/shared/attachments/raw-messages";
import type { BlobStore } from "@millrace/shared/blobs/blob-store";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { createS3Store } from "@millrace/shared/blobs/create-s3-store";
import { createNameGuard } from "@millrace/shared/blobs/name-guard";
import { ownedStore } from "@millrace/shared/blobs/owned-store";
import { startTestS3 } from "@millrace/shared/blobs/testing/start-test-s3";
import {
  createOwnerPool,
  createPool,
  type OwnerPool,
  type Pool,
  type SweepingPool,
} from "@millrace/shared/postgres/create-pool";
import type { ProviderSession } from "@millrace/shared/providers/mail-provider";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { scratchFolder } from "../harness/scratch-folder.ts";

export const writerCount = 50;
const deleterConnections = 8;
const ref = { tenantId: "bench", accountId: "acc_races" };

/** A blob store as the services open it, and what they reach the database by. Fetchers attach to it, the janitor removes. */
export interface RaceWorld {
  readonly writing: BlobStore;
  readonly removing: BlobStore;
  readonly janitor: SweepingPool;
  /** Attaches content to the message of a writer, as fetcher and sync-api do. */
  attach(writer: number, content: Buffer): Promise<void>;
  /** No message of these writers carries anything. */
  detach(writers: readonly number[]): Promise<void>;
  /** Makes a blob so old that a search for orphans removes it. */
  age(sha256: string): Promise<void>;
  /** Blobs that a row names. */
  named(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export type StoreKind = "folder" | "s3";

export async function openRaceWorld(databaseUrl: string, kind: StoreKind): Promise<RaceWorld> {
  const owner = createOwnerPool(databaseUrl, "bench", 4, silentLogger);
  await addMessages(owner);
  const fetcher = createPool(databaseUrl, "fetcher", writerCount, silentLogger);
  const janitor = createPool(databaseUrl, "janitor", deleterConnections, silentLogger);
  const place = kind === "folder" ? folderPlace() : await s3Place();
  const writing = ownedStore(place.open(fetcher), fetcher);
  const removing = ownedStore(place.open(janitor), janitor);
  const raws = createRawMessages(fetcher);
  return {
    writing,
    removing,
    janitor,
    async attach(writer, content) {
      const kept = await keepAttachment(
        { pool: fetcher, blobs: writing, raws },
        sessionWith(content),
        attachmentOf(writer),
        new AbortController().signal,
      );
      if (!kept.ok) throw new Error(kept.fault.message);
    },
    detach: async (writers) => void (await owner.query(detachSql, [ref.accountId, writers.map(messageOf)])),
    age: (sha256) => utimes(place.fileOf(sha256), longAgo(), longAgo()),
    async named() {
      const { rows } = await owner.query<{ sha256: string }>(
        "select distinct sha256 from attachments where sha256 is not null",
      );
      return rows.map(({ sha256 }) => sha256);
    },
    async close() {
      await Promise.all([owner.end(), fetcher.end(), janitor.end()]);
      await place.close();
    },
  };
}

interface Place {
  /** For a process of its own: what it does is guarded by the database. */
  open(pool: Pool): BlobStore;
  fileOf(sha256: string): string;
  close(): Promise<void>;
}

const pathOf = (sha256: string) => join(sha256.slice(0, 2), sha256.slice(2, 4), sha256);

function folderPlace(): Place {
  const folder = scratchFolder("blobs");
  return {
    open: (pool) => createFolderStore(folder.path, createNameGuard(pool)),
    fileOf: (sha256) => join(folder.path, pathOf(sha256)),
    close: async () => folder.remove(),
  };
}

async function s3Place(): Promise<Place> {
  const server = await startTestS3();
  const stores: { close(): void }[] = [];
  return {
    open(pool) {
      const store = createS3Store(server.options, createNameGuard(pool));
      stores.push(store);
      return store;
    },
    fileOf: (sha256) => server.fileOf(`sha256/${pathOf(sha256)}`),
    async close() {
      for (const store of stores) store.close();
      await server.stop();
    },
  };
}

const longAgo = () => new Date(Date.now() - 48 * 3_600_000);
const messageOf = (writer: number) => `w${writer}`;
const attachmentOf = (writer: number) => ({
  ...ref,
  providerId: messageOf(writer),
  partId: "1",
  providerAttachmentId: "a",
  isInRaw: false,
  place: null,
});

/** A provider that answers with this, whatever it is asked for. */
function sessionWith(content: Buffer): ProviderSession {
  async function* bytes() {
    yield content;
  }
  return { fetchAttachment: async () => ({ ok: true, value: bytes() }) } as unknown as ProviderSession;
}

const detachSql = `
  update attachments set sha256 = null, blob_size = null, fetched_at = null
  where account_id = $1 and provider_id = any($2)`;

/** A message of each writer, with one attachment that nobody has fetched. */
async function addMessages(owner: OwnerPool): Promise<void> {
  const { tenantId, accountId } = ref;
  await owner.query("insert into tenants (id, name) values ($1, $1) on conflict do nothing", [tenantId]);
  await owner.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $1, '')
     on conflict do nothing`,
    [accountId, tenantId],
  );
  const ids = Array.from({ length: writerCount }, (_, n) => messageOf(n));
  await owner.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work)
     select $1, id, $2, 'msg_' || id, '{}', 1, '', '{}', '[]', '{}', 'full', '{}', '', 's', 0 from unnest($3::text[]) as m (id)
     on conflict do nothing`,
    [accountId, tenantId, ids],
  );
  await owner.query(
    `insert into attachments (account_id, provider_id, part_id, tenant_id, position, mime_type, size_bytes)
     select $1, id, '1', $2, 0, 'image/png', 3 from unnest($3::text[]) as m (id)
     on conflict do nothing`,
    [accountId, tenantId, ids],
  );
}
