import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import type { ChunkItem } from "@millrace/shared/events/work-item";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MessageOutcome } from "./fetch-report.ts";
import type { FetchingWork } from "./fetcher-ports.ts";
import { storeMessages } from "./store-messages.ts";
import { addAccount } from "./testing/add-account.ts";
import { givenChunk, givenMessage as message } from "./testing/given.ts";

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 8);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

const newChunk = async (
  item: Partial<ChunkItem> = {},
): Promise<FetchingWork & { readonly item: ChunkItem }> => givenChunk(item, { ref: await addAccount(pool) });

const kindsOf = (outcomes: ReadonlyMap<string, MessageOutcome>) =>
  Object.fromEntries([...outcomes].map(([id, { kind }]) => [id, kind]));
const countOf = (outcomes: ReadonlyMap<string, MessageOutcome>, kind: MessageOutcome["kind"]) =>
  [...outcomes.values()].filter((outcome) => outcome.kind === kind).length;

describe("storing messages", () => {
  it("keeps every field as it was", async () => {
    const chunk = await newChunk({ content: "raw" });
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
    const outcomes = await storeMessages(pool, chunk, [
      message("a", { raw, attachments: [attachment], content: "raw" }),
    ]);
    expect(kindsOf(outcomes)).toEqual({ a: "stored" });
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
    const chunk = await newChunk();
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
    const chunk = await newChunk();
    const messages = ["a", "b", "c"].map((id) => message(id));
    const shuffled = [messages, [...messages].reverse(), messages, [...messages].reverse()];
    const written = await Promise.all(
      shuffled.map((list) => storeMessages(pool, chunk, list).catch(() => new Map<string, MessageOutcome>())),
    );
    // Whoever of them settles the chunk says what is true: this sync has stored them.
    for (const outcomes of written) {
      if (outcomes.size > 0) expect(countOf(outcomes, "stored")).toBe(3);
    }
    const { rows } = await pool.query("select count(*)::int as n from messages where account_id = $1", [
      chunk.ref.accountId,
    ]);
    expect(rows[0].n).toBe(3);
    const other = { ...chunk, item: { ...chunk.item, chunkIndex: 7 } };
    expect(kindsOf(await storeMessages(pool, other, messages))).toEqual({
      a: "unchanged",
      b: "unchanged",
      c: "unchanged",
    });
  });

  it("replaces a message only by one that holds more of it", async () => {
    const chunk = await newChunk({ content: "metadata" });
    await storeMessages(pool, chunk, [message("a", { text: null, content: "metadata" })]);
    const full = { ...chunk, item: { ...chunk.item, content: "full" as const } };
    expect(kindsOf(await storeMessages(pool, full, [message("a")]))).toEqual({ a: "stored" });
    const poorer = message("a", { text: null, content: "metadata" });
    expect(kindsOf(await storeMessages(pool, chunk, [poorer]))).toEqual({ a: "unchanged" });
    const { rows } = await pool.query("select content, text_body from messages where account_id = $1", [
      chunk.ref.accountId,
    ]);
    expect(rows).toEqual([{ content: "full", text_body: "the quick brown fox" }]);
  });

  it("sets aside the one message that the database refuses, with its bytes, and stores the others", async () => {
    const chunk = await newChunk();
    const ids = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const refused = message("m13", { text: "a NUL: \0", raw: new Uint8Array([1, 2, 3]) });
    const outcomes = await storeMessages(
      pool,
      chunk,
      ids.map((id) => (id === "m13" ? refused : message(id))),
    );
    expect([countOf(outcomes, "stored"), countOf(outcomes, "letter")]).toEqual([19, 1]);
    expect(outcomes.get("m13")).toMatchObject({ kind: "letter", category: "bad_item" });
    const { rows } = await pool.query(
      "select provider_id, raw from dead_letter_contents where account_id = $1",
      [chunk.ref.accountId],
    );
    expect(rows).toMatchObject([{ provider_id: "m13" }]);
    expect(new Uint8Array(rows[0].raw)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("doubts labels that nobody has seen in the mailbox, now and whenever they come again", async () => {
    const chunk = await newChunk();
    const { accountId } = chunk.ref;
    const doubted = async () =>
      (
        await pool.query(
          `select id, removed_at > now() - interval '1 minute' as "isNew" from removed_labels where account_id = $1`,
          [accountId],
        )
      ).rows;
    const age = (minutes: number) =>
      pool.query(
        "update removed_labels set removed_at = now() - make_interval(mins => $2) where account_id = $1",
        [accountId, minutes],
      );
    await pool.query(
      "insert into labels (account_id, id, tenant_id, name, type, seen_at) values ($1, 'L1', $2, 'one', 'user', now())",
      [accountId, chunk.ref.tenantId],
    );
    await storeMessages(pool, chunk, [message("a", { labelIds: ["L1", "L2"] })]);
    expect(await doubted()).toEqual([{ id: "L2", isNew: true }]);
    await age(5);
    await storeMessages(pool, chunk, [message("b", { labelIds: ["L2"] })]);
    expect(await doubted()).toEqual([{ id: "L2", isNew: false }]); // looks still take it away
    await age(11);
    await storeMessages(pool, chunk, [message("c", { labelIds: ["L2"] })]);
    expect(await doubted()).toEqual([{ id: "L2", isNew: true }]);
  });

  it("takes a body far beyond what a search index holds", async () => {
    const chunk = await newChunk();
    const words = Array.from({ length: 400_000 }, (_, i) => `w${i}`).join(" ");
    const outcomes = await storeMessages(pool, chunk, [message("a", { text: words })]);
    expect(kindsOf(outcomes)).toEqual({ a: "stored" });
  });

  it("loses nothing when the database is away: it throws, and nothing is written", async () => {
    const chunk = await newChunk();
    const away = createTestPool("postgres://nobody@127.0.0.1:9/none", "fetcher", 1);
    await expect(storeMessages(away, chunk, [message("a")])).rejects.toThrow();
    await away.end();
  });
});
