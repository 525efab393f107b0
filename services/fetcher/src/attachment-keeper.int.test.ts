import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createRawMessages } from "@millrace/shared/attachments/raw-messages";
import { type BlobStore, BlobStoreAwayError } from "@millrace/shared/blobs/blob-store";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import type { ContentMode } from "@millrace/shared/mail/mail-message";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import type { ProviderSession } from "@millrace/shared/providers/mail-provider";
import { memoryTokenVault } from "@millrace/shared/providers/testing/memory-token-vault";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { givenContext } from "@millrace/shared/testing/memory-log";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accidentsMax, createAttachmentKeeper } from "./attachment-keeper.ts";
import type { FetchingWork } from "./fetcher-ports.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { storeChunk } from "./store-chunk.ts";
import { addAccount } from "./testing/add-account.ts";
import { givenChunk } from "./testing/given.ts";
import { memoryClaims } from "./testing/memory-claims.ts";

const email = "ann@example.com";
const shared = randomBytes(50_000);
const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

const mailWith = (...contents: readonly Buffer[]): string =>
  [
    "From: bob@example.com",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "see below",
    ...contents.flatMap((content) => [
      "--b",
      'Content-Type: application/octet-stream; name="data.bin"',
      "Content-Disposition: attachment",
      "Content-Transfer-Encoding: base64",
      "",
      content.toString("base64").replace(/.{76}/g, "$&\r\n"),
    ]),
    "--b--",
    "",
  ].join("\r\n");

let database: TestDatabase;
let pool: TestPool;
let simulator: GmailSimulator;
let provider: ReturnType<typeof createGmailProvider>;
let session: ProviderSession;
let folder: string;
let blobs: BlobStore;
let isAway = false;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 8);
  simulator = await startGmailSimulator({ mailboxes: [{ email, generate: 0 }], quotas: "off" });
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    requestTimeoutMs: 5_000,
  });
});
afterAll(async () => {
  provider?.close();
  await simulator?.close();
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-keeper-"));
  const store = createFolderStore(folder);
  const away = (): never => {
    throw new BlobStoreAwayError(new Error("ENOSPC"));
  };
  blobs = { ...store, put: async (...input) => (isAway ? away() : store.put(...input)) };
});
afterEach(async () => {
  isAway = false;
  await simulator.control.clearFaults();
  await rm(folder, { recursive: true, force: true });
});

async function newWork(
  mode: string,
  mails: readonly string[],
  content: ContentMode = "full",
): Promise<FetchingWork> {
  const ref = await addAccount(pool);
  await pool.query("update accounts set attachments = $2 where id = $1", [ref.accountId, mode]);
  session = provider.connect({ ...ref, email, refreshToken: `sim-refresh-${email}` });
  const ids = await simulator.control.addMessages(
    email,
    mails.map((raw) => ({ raw })),
  );
  await simulator.control.resetCalls();
  return givenChunk({ messageIds: [...ids], content }, { ref });
}

/** One delivery of the work. */
async function deliver(work: FetchingWork) {
  let progressed = 0;
  const report = await storeChunk(
    {
      store: createPostgresStore(pool),
      attachments: createAttachmentKeeper({ pool, blobs, raws: createRawMessages(pool) }),
      claims: memoryClaims(),
      flushBytesMax: 1024 ** 2,
    },
    session,
    work,
    { kind: "together" },
    givenContext({ progressed: () => void progressed++ }),
  );
  return {
    kinds: [...report.outcomes.values()].map(({ kind }) => kind),
    outcomes: report.outcomes,
    progressed,
  };
}

const rowsOf = async ({ ref }: FetchingWork) =>
  (
    await pool.query<{ sha256: string | null; failure: { category: string } | null; attempts: number }>(
      `select sha256, failure, fetch_attempts as attempts from attachments where account_id = $1
       order by provider_id, position`,
      [ref.accountId],
    )
  ).rows;
const hashesOf = async (work: FetchingWork) => (await rowsOf(work)).map(({ sha256 }) => sha256);
async function stored(): Promise<string[]> {
  const names: string[] = [];
  for await (const { sha256 } of blobs.list()) names.push(sha256);
  return names.sort();
}
const callsOf = async (endpoint: string) =>
  (await simulator.control.calls()).calls
    .filter((call) => call.endpoint === endpoint)
    .reduce((sum, { count }) => sum + count, 0);

describe("an account that keeps attachments", () => {
  it("has them when its chunk is done, one copy of what several messages carry, and twice is once", async () => {
    const own = randomBytes(1_000);
    const work = await newWork("eager", [mailWith(shared), mailWith(shared, own), mailWith()]);
    const first = await deliver(work);
    expect(first.kinds).toEqual(["stored", "stored", "stored"]);
    expect(first.progressed).toBeGreaterThan(3);
    expect((await hashesOf(work)).sort()).toEqual([sha256Of(shared), sha256Of(shared), sha256Of(own)].sort());
    expect(await stored()).toEqual([sha256Of(shared), sha256Of(own)].sort());
    await simulator.control.resetCalls();
    expect((await deliver(work)).kinds).toEqual(["stored", "stored", "stored"]);
    expect((await simulator.control.calls()).total).toBe(0);
  });

  it("takes them out of the exact message where that is stored", async () => {
    const work = await newWork("eager", [mailWith(shared)], "raw");
    await deliver(work);
    expect(await hashesOf(work)).toEqual([sha256Of(shared)]);
    expect(await callsOf("attachments.get")).toBe(0);
  });

  it("finds them there by the place that was noted, and in older rows by reading the message", async () => {
    const work = await newWork("metadata", [mailWith(shared)], "raw");
    await deliver(work);
    const { rows } = await pool.query<{ start: number; part: Buffer }>(
      `select t.raw_start as start, substring(c.raw from t.raw_start + 1 for t.raw_end - t.raw_start) as part
       from attachments t join message_contents c using (account_id, provider_id) where account_id = $1`,
      [work.ref.accountId],
    );
    expect(Buffer.from(String(rows[0]?.part), "base64")).toEqual(shared);
    const open = async (place: { start: number; end: number; encoding: string } | null) => {
      const attachment = {
        ...work.ref,
        providerId: work.item.messageIds[0] ?? "",
        partId: "1",
        providerAttachmentId: null,
        isInRaw: true,
        place,
      };
      const content = await createRawMessages(pool).openPart(attachment);
      const pieces: Uint8Array[] = [];
      for await (const piece of content ?? []) pieces.push(piece);
      return Buffer.concat(pieces);
    };
    expect(await open(null)).toEqual(shared);
    const start = rows[0]?.start ?? 0;
    // The place is believed: this is the content's beginning.
    expect(await open({ start, end: start + 4, encoding: "base64" })).toEqual(shared.subarray(0, 3));
  });
});

it.each(["metadata", "lazy"])("an account in mode %s fetches none", async (mode) => {
  const work = await newWork(mode, [mailWith(shared)]);
  expect((await deliver(work)).kinds).toEqual(["stored"]);
  expect([await hashesOf(work), await stored(), await callsOf("attachments.get")]).toEqual([[null], [], 0]);
});

it("what was relabelled is not fetched, what came is", async () => {
  const work = await newWork("metadata", [mailWith(shared), mailWith(shared)]);
  await deliver(work);
  await pool.query("update accounts set attachments = 'eager' where id = $1", [work.ref.accountId]);
  const [relabelled = ""] = work.item.messageIds;
  await pool.query("update messages set last_change = 'changed' where account_id = $1 and provider_id = $2", [
    work.ref.accountId,
    relabelled,
  ]);
  const keeper = createAttachmentKeeper({ pool, blobs, raws: createRawMessages(pool) });
  const changes = { ...work, item: { ...work.item, changes: [] } } as FetchingWork;
  await keeper.keep(changes, session, work.item.messageIds, givenContext(), async () => {});
  const { rows } = await pool.query<{ providerId: string }>(
    `select provider_id as "providerId" from attachments where account_id = $1 and sha256 is not null`,
    [work.ref.accountId],
  );
  expect(rows.map(({ providerId }) => providerId)).toEqual(work.item.messageIds.slice(1));
});

describe("an attachment that cannot be fetched", () => {
  it("because of a throttle keeps its chunk open, spends nothing, and is fetched by the next delivery", async () => {
    const work = await newWork("eager", [mailWith(shared), mailWith(shared)]);
    await simulator.control.addFault({
      match: { endpoint: "attachments.get" },
      effect: { kind: "status", status: 429 },
    });
    const { kinds, outcomes } = await deliver(work);
    expect(kinds).toEqual(["open", "open"]);
    expect([...outcomes.values()]).toMatchObject([
      { fault: { category: "rate_limited" } },
      { fault: { category: "rate_limited" } },
    ]);
    expect(await callsOf("attachments.get")).toBe(1); // the second one would have met the same
    expect(await rowsOf(work)).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
    await simulator.control.clearFaults();
    expect((await deliver(work)).kinds).toEqual(["stored", "stored"]);
    expect(await hashesOf(work)).toEqual([sha256Of(shared), sha256Of(shared)]);
  });

  it("while the mailbox can be read is given up after some attempts: the mail is there, the row says why, and later work gets it", async () => {
    const work = await newWork("eager", [mailWith(shared)]);
    await simulator.control.addFault({
      match: { endpoint: "attachments.get" },
      effect: { kind: "status", status: 500 },
    });
    const passTime = () =>
      pool.query(
        "update attachments set attempted_at = attempted_at - interval '61 seconds' where account_id = $1",
        [work.ref.accountId],
      );
    // Backoffs begin short: what fails within a minute is one attempt.
    for (let delivery = 0; delivery <= accidentsMax; delivery++)
      expect((await deliver(work)).kinds).toEqual(["open"]);
    expect(await rowsOf(work)).toMatchObject([{ attempts: 1, failure: null }]);
    for (let attempt = 2; attempt < accidentsMax; attempt++) {
      await passTime();
      expect((await deliver(work)).kinds).toEqual(["open"]);
    }
    await passTime();
    expect((await deliver(work)).kinds).toEqual(["stored"]);
    expect(await rowsOf(work)).toMatchObject([{ sha256: null, failure: { category: "transient" } }]);
    await simulator.control.clearFaults();

    await pool.query(
      `update attachments set failure = jsonb_set(failure, '{at}', to_jsonb(now() - interval '2 hours'))
       where account_id = $1`,
      [work.ref.accountId],
    );
    // Whatever else the account stores will do, with attachments of its own or without.
    const ids = await simulator.control.addMessages(email, [{ raw: "Subject: no attachment\r\n\r\ntext" }]);
    await deliver(givenChunk({ messageIds: [...ids], chunkIndex: 9 }, { ref: work.ref }));
    expect(await rowsOf(work)).toMatchObject([{ sha256: sha256Of(shared), failure: null }]);
  });

  it("of mail that came with changes holds up no other mail: one attempt, and it is left to later work", async () => {
    const work = await newWork("eager", [mailWith(shared)]);
    await simulator.control.addFault({
      match: { endpoint: "attachments.get" },
      effect: { kind: "status", status: 500 },
    });
    const changes = work.item.messageIds.map((id) => ({
      id,
      kind: "appeared" as const,
      at: "9",
      added: [],
      removed: [],
      hiddenAs: null,
    }));
    const live = { ...work, item: { ...work.item, changes } } as FetchingWork;
    expect((await deliver(live)).kinds).toEqual(["stored"]);
    expect(await rowsOf(work)).toMatchObject([{ sha256: null, failure: { category: "transient" } }]);
  });

  it("and was given up before makes later work wait for moments only, however many they are", async () => {
    const work = await newWork("eager", [mailWith(shared, randomBytes(9)), mailWith(randomBytes(8))]);
    isAway = true;
    await deliver(work);
    isAway = false;
    await pool.query(
      `update attachments set failure = jsonb_build_object('category', 'transient', 'message', '', 'at', now() - interval '2 hours')
       where account_id = $1`,
      [work.ref.accountId],
    );
    await simulator.control.addFault({
      match: { endpoint: "attachments.get" },
      effect: { kind: "hang", ms: 60_000 },
    });
    const ids = await simulator.control.addMessages(email, [{ raw: "Subject: new\r\n\r\ntext" }]);
    const began = performance.now();
    expect(
      (await deliver(givenChunk({ messageIds: [...ids], chunkIndex: 9 }, { ref: work.ref }))).kinds,
    ).toEqual(["stored"]);
    expect(performance.now() - began).toBeLessThan(9_000);
    await simulator.control.resetCalls();
  });

  it("in an outage of the provider waits as long as it lasts, and spends nothing", async () => {
    const work = await newWork("eager", [mailWith(shared)]);
    await session.getProfile(); // whose mailbox it is, is known by then
    for (const endpoint of ["attachments.get", "profile"] as const)
      await simulator.control.addFault({ match: { endpoint }, effect: { kind: "status", status: 503 } });
    for (let delivery = 0; delivery <= accidentsMax; delivery++) {
      expect((await deliver(work)).kinds).toEqual(["open"]);
    }
    expect(await rowsOf(work)).toMatchObject([{ attempts: 0, failure: null }]);
  });

  it("because the store is away keeps its chunk open, and spends nothing", async () => {
    const work = await newWork("eager", [mailWith(shared)]);
    isAway = true;
    for (let delivery = 0; delivery <= accidentsMax; delivery++) {
      expect((await deliver(work)).kinds).toEqual(["open"]);
    }
    isAway = false;
    expect((await deliver(work)).kinds).toEqual(["stored"]);
    expect(await hashesOf(work)).toEqual([sha256Of(shared)]);
  });

  it("because it is gone is noted, and holds nobody up", async () => {
    const work = await newWork("eager", [mailWith(shared)]);
    isAway = true;
    await deliver(work);
    isAway = false;
    await simulator.control.deleteMessages(email, work.item.messageIds);
    expect((await deliver(work)).kinds).toEqual(["stored"]);
    expect(await rowsOf(work)).toMatchObject([{ sha256: null, failure: { category: "gone" } }]);
  });
});
