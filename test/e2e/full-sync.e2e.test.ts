import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const corpus = fileURLToPath(new URL("../../../shared/mail-corpus/", import.meta.url));
const generated = "generated@millrace.test";
const list = "list@millrace.test";

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    seed: 7,
    mailboxes: [
      { email: generated, generate: 1_230 },
      ...(existsSync(corpus) ? [{ email: list, maildir: corpus }] : []),
    ],
  });
  millrace = await startMillrace(simulator.url);
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

describe("a full sync", () => {
  let accountId = "";

  it("stores every message once and proves it with a balanced ledger", async () => {
    accountId = await millrace.client.connectAccount(generated);
    const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
    expect(sync).toMatchObject({
      status: "completed",
      ledger: { listed: 1_230, stored: 1_230, unchanged: 0, gone: 0, deadLettered: 0, balanced: true },
    });
    const truth = new Map<string, { threadId: string; labelIds: readonly string[] }>();
    for await (const message of simulator.control.truth(generated)) truth.set(message.id, message);
    const { rows } = await database.query<{ id: string; thread: string; labels: string[] }>(
      `select provider_id as id, thread_id as thread, label_ids as labels from messages where account_id = $1`,
      [accountId],
    );
    expect(rows).toHaveLength(1_230);
    for (const row of rows) {
      expect(row.thread).toBe(truth.get(row.id)?.threadId);
      expect([...row.labels].sort()).toEqual([...(truth.get(row.id)?.labelIds ?? [])].sort());
    }
  });

  it("moves the account's watermark to the baseline that was taken before the listing", async () => {
    const account = await millrace.client.json<{ watermark: string }>("GET", `/v1/accounts/${accountId}`);
    expect(account.watermark).toBe((await simulator.control.getMailbox(generated)).historyId);
  });

  it("asked for again finds everything unchanged, and fetches nothing", async () => {
    await simulator.control.resetCalls();
    const sync = await millrace.client.waitForEnd(
      await millrace.client.requestSync(accountId, { mode: "full" }),
    );
    expect(sync.ledger).toMatchObject({ listed: 1_230, stored: 0, unchanged: 1_230, balanced: true });
    const calls = await simulator.control.calls();
    expect(calls.calls.filter((call) => call.endpoint.includes("get"))).toEqual([]);
  });

  it("is read back: the newest first, by label, by words, and one message whole", async () => {
    const { client } = millrace;
    const page = await client.json<{ items: { id: string; receivedAt: string; labelIds: string[] }[] }>(
      "GET",
      `/v1/accounts/${accountId}/messages?limit=100`,
    );
    const times = page.items.map((item) => item.receivedAt);
    expect(times).toEqual([...times].sort().reverse());
    const inbox = await client.json<typeof page>(
      "GET",
      `/v1/accounts/${accountId}/messages?label=INBOX&limit=50`,
    );
    expect(inbox.items.length).toBeGreaterThan(0);
    expect(inbox.items.every((item) => item.labelIds.includes("INBOX"))).toBe(true);
    const whole = await client.json<{ headers: unknown[] }>("GET", `/v1/messages/${page.items[0]?.id}`);
    expect(whole.headers.length).toBeGreaterThan(3);
  });

  it("leaves an audit trail of every step", async () => {
    const syncs = await millrace.client.json<{ items: { id: string }[] }>(
      "GET",
      `/v1/syncs?accountId=${accountId}`,
    );
    const events = await millrace.client.events(`/v1/syncs/${syncs.items.at(-1)?.id}/events?limit=200`);
    const types = events.map((event) => event.type);
    expect(types[0]).toBe("sync.started");
    expect(types.at(-1)).toBe("sync.completed");
    expect(types.filter((type) => type === "page.listed")).toHaveLength(4); // three of ids, one of changes
    expect(types.filter((type) => type === "chunk.fetched")).toHaveLength(13);
  });

  it("of an empty mailbox completes at once", async () => {
    await simulator.control.createMailbox({ email: "empty@millrace.test" });
    const empty = await millrace.client.connectAccount("empty@millrace.test");
    const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(empty));
    expect(sync).toMatchObject({ status: "completed", ledger: { listed: 0, balanced: true } });
  });

  it("with a chunk size of its own is cut into such chunks", async () => {
    await simulator.control.createMailbox({ email: "small@millrace.test", generate: 95, seed: 3 });
    const small = await millrace.client.connectAccount("small@millrace.test");
    const syncId = await millrace.client.requestSync(small, { chunkSize: 10 });
    expect(await millrace.client.waitForEnd(syncId)).toMatchObject({
      ledger: { stored: 95, balanced: true },
    });
    const chunks = await millrace.client.json<{ items: { size: number }[] }>(
      "GET",
      `/v1/syncs/${syncId}/chunks`,
    );
    expect(chunks.items.map((chunk) => chunk.size)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
  });
});

describe.skipIf(!existsSync(corpus))(
  "real mail, kept to the byte (needs the mail corpus beside the checkout)",
  () => {
    it("is stored with digests equal to its files, however broken it is", async () => {
      const files = readdirSync(corpus, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile() && entry.name !== "README.md" && !entry.name.startsWith("."),
      );
      const digests = files.map((file) => digestOf(readFileSync(join(file.parentPath, file.name))));
      const accountId = await millrace.client.connectAccount(list, "raw");
      const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
      expect(sync.ledger).toMatchObject({ listed: files.length, stored: files.length, balanced: true });
      const { rows } = await database.query<{ digest: string; raw: Buffer; id: string }>(
        `select m.id, raw_sha256 as digest, raw from messages m join message_contents using (account_id, provider_id)
       where account_id = $1`,
        [accountId],
      );
      expect(rows.map((row) => row.digest).sort()).toEqual(digests.sort());
      expect(rows.every((row) => digestOf(row.raw) === row.digest)).toBe(true);
      const [first] = rows;
      const download = await millrace.client.send("GET", `/v1/messages/${first?.id}/raw`);
      expect(digestOf(Buffer.from(await download.arrayBuffer()))).toBe(first?.digest);
    });
  },
);

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
