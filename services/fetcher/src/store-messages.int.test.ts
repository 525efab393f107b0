import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import type { ContentMode, MailMessage } from "@millrace/shared/mail/mail-message";
import { createPool, type Pool } from "@millrace/shared/postgres/create-pool";
import { silentLogger } from "@millrace/shared/testing/silent-logger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClaimedChunk } from "./decide-chunk.ts";
import { findStored } from "./find-stored.ts";
import { storeMessages } from "./store-messages.ts";

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, "test", 8, silentLogger);
  await pool.query("insert into tenants (id, name) values ('acme', 'Acme')");
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

let accounts = 0;
async function givenChunk(more: { content?: ContentMode; chunkIndex?: number } = {}): Promise<ClaimedChunk> {
  const accountId = `acc_${accounts++}`;
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, 'acme', 'gmail', $1, '')`,
    [accountId],
  );
  return {
    ref: { tenantId: "acme", accountId },
    lane: "bulk",
    attempt: 1,
    item: {
      syncId: "s1",
      pageNumber: 0,
      messageIds: ["a", "b", "c"],
      chunkIndex: 0,
      content: "full",
      ...more,
    },
  };
}

function message(id: string, more: Partial<MailMessage> = {}): MailMessage {
  return {
    id,
    threadId: `t-${id}`,
    historyId: "18446744073709551615",
    labelIds: ["INBOX", 'odd "label", {with} \\ everything'],
    receivedAt: new Date("2026-01-01T00:00:00Z"),
    sizeBytes: 1234,
    snippet: "snippet",
    headers: [["Subject", "Grüße"]],
    subject: "Grüße aus Köln",
    sentAt: null,
    messageIdHeader: "<1@example.com>",
    inReplyTo: null,
    references: ["<0@example.com>"],
    from: [{ name: "Zoë", address: "zoe@example.com" }],
    sender: [],
    replyTo: [],
    to: [],
    cc: [],
    bcc: [],
    text: "the quick brown fox",
    html: null,
    attachments: [],
    content: "full",
    raw: null,
    rawSha256: null,
    defects: [],
    ...more,
  };
}

describe("storing messages", () => {
  it("keeps every field as it was", async () => {
    const chunk = await givenChunk({ content: "raw" });
    const raw = new Uint8Array([0, 1, 2, 255, 10, 13]);
    const attachment = {
      partId: "1",
      filename: "a\tb.pdf",
      mimeType: "application/pdf",
      sizeBytes: 7,
      contentId: null,
      disposition: "attachment" as const,
      providerAttachmentId: "x",
    };
    const report = await storeMessages(pool, chunk, [
      message("a", { raw, attachments: [attachment], content: "raw" }),
    ]);
    expect(report).toMatchObject({ stored: 1, unchanged: 0 });
    const { rows } = await pool.query(
      `select m.*, c.raw, a.filename, a.mime_type from messages m join message_contents c using (account_id, provider_id)
       join attachments a using (account_id, provider_id) where m.account_id = $1`,
      [chunk.ref.accountId],
    );
    expect(rows[0]).toMatchObject({
      history_id: "18446744073709551615",
      label_ids: ["INBOX", 'odd "label", {with} \\ everything'],
      reference_ids: ["<0@example.com>"],
      headers: [["Subject", "Grüße"]],
      filename: "a\tb.pdf",
    });
    expect(new Uint8Array(rows[0].raw)).toEqual(raw);
  });

  it("is found by words of subject, people, text and HTML", async () => {
    const chunk = await givenChunk();
    await storeMessages(pool, chunk, [
      message("a"),
      message("b", { text: null, html: "<p>ein <b>Wort</b></p>" }),
    ]);
    const find = async (words: string): Promise<string[]> => {
      const { rows } = await pool.query<{ id: string }>(
        `select provider_id as id from messages where account_id = $1 and search @@ websearch_to_tsquery('simple', $2)`,
        [chunk.ref.accountId, words],
      );
      return rows.map((row) => row.id).sort();
    };
    expect(await find("köln")).toEqual(["a", "b"]);
    expect(await find("zoe@example.com")).toEqual(["a", "b"]);
    expect(await find("brown fox")).toEqual(["a"]);
    expect(await find("wort")).toEqual(["b"]);
  });

  it("twice is once, also when many do it at the same time in any order", async () => {
    const chunk = await givenChunk();
    const messages = ["a", "b", "c"].map((id) => message(id));
    const shuffled = [messages, [...messages].reverse(), messages, [...messages].reverse()];
    const reports = await Promise.all(
      shuffled.map((list) => storeMessages(pool, chunk, list).catch(() => ({ stored: 0 }))),
    );
    expect(reports.reduce((sum, report) => sum + report.stored, 0)).toBe(3);
    expect(await storeMessages(pool, chunk, messages)).toMatchObject({ stored: 0, unchanged: 3 });
    expect((await findStored(pool, chunk)).byThisChunk).toBe(3);
  });

  it("replaces a message only by one that holds more of it", async () => {
    const chunk = await givenChunk({ content: "metadata" });
    await storeMessages(pool, chunk, [message("a", { text: null, content: "metadata" })]);
    const full = { ...chunk, item: { ...chunk.item, content: "full" as const } };
    expect((await findStored(pool, full)).ids.size).toBe(0);
    expect(await storeMessages(pool, full, [message("a")])).toMatchObject({ stored: 1 });
    expect((await findStored(pool, full)).ids.size).toBe(1);
    expect((await findStored(pool, chunk)).ids.size).toBe(1);
    expect(await storeMessages(pool, chunk, [message("a", { text: null })])).toMatchObject({
      stored: 0,
      unchanged: 1,
    });
  });

  it("tells what this chunk wrote from what was there before", async () => {
    const chunk = await givenChunk();
    const earlier = { ...chunk, item: { ...chunk.item, syncId: "s0" } };
    await storeMessages(pool, earlier, [message("a")]);
    await storeMessages(pool, chunk, [message("b")]);
    expect(await findStored(pool, chunk)).toEqual({ ids: new Set(["a", "b"]), byThisChunk: 1, before: 1 });
  });

  it("sets aside the one message that the database refuses, with its bytes, and stores the others", async () => {
    const chunk = await givenChunk();
    const ids = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const refused = message("m13", { text: "a NUL: \0", raw: new Uint8Array([1, 2, 3]) });
    const report = await storeMessages(
      pool,
      chunk,
      ids.map((id) => (id === "m13" ? refused : message(id))),
    );
    expect(report).toMatchObject({ stored: 19, deadLettered: 1 });
    const { rows } = await pool.query(
      "select provider_id, category, error, raw from dead_letters where account_id = $1",
      [chunk.ref.accountId],
    );
    expect(rows).toMatchObject([{ provider_id: "m13", category: "bad_item" }]);
    expect(new Uint8Array(rows[0].raw)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("takes a body far beyond what a search index holds", async () => {
    const chunk = await givenChunk();
    const words = Array.from({ length: 400_000 }, (_, i) => `w${i}`).join(" ");
    expect(await storeMessages(pool, chunk, [message("a", { text: words })])).toMatchObject({ stored: 1 });
  });

  it("loses nothing when the database is away: it throws, and nothing is written", async () => {
    const chunk = await givenChunk();
    const away = createPool("postgres://nobody@127.0.0.1:9/none", "test", 1, silentLogger);
    await expect(storeMessages(away, chunk, [message("a")])).rejects.toThrow();
    await away.end();
  });
});
