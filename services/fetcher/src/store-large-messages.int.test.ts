import { hash } from "node:crypto";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeMessages } from "./store-messages.ts";
import { addAccount } from "./testing/add-account.ts";
import { givenChunk, givenMessage as message } from "./testing/given.ts";

const mebibyte = 1024 * 1024;

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 2);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** Bytes of every value, so that an encoding would show. */
const bytesOf = (length: number, first: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (first + i) % 256);

describe("storing large messages", () => {
  it("keeps the exact bytes of each, also beside messages without any", async () => {
    const chunk = givenChunk({ content: "raw" }, { ref: await addAccount(pool) });
    const raws = new Map([
      ["a", bytesOf(300, 7)],
      ["c", bytesOf(0, 0)],
      ["d", bytesOf(2 * mebibyte, 200)],
      ["e", bytesOf(1_000, 99)],
    ]);
    const messages = ["a", "b", "c", "d", "e"].map((id) => message(id, { raw: raws.get(id) ?? null }));
    expect([...(await storeMessages(pool, chunk, messages)).values()]).toEqual(
      messages.map(() => ({ kind: "stored" })),
    );
    const { rows } = await pool.query<{ id: string; raw: Buffer }>(
      "select provider_id as id, raw from message_contents where account_id = $1 order by provider_id",
      [chunk.ref.accountId],
    );
    expect(rows.map(({ id, raw }) => [id, hash("sha256", raw)])).toEqual(
      [...raws].map(([id, raw]) => [id, hash("sha256", raw)]),
    );
  });

  it("keeps long texts with whatever is in them, and finds their words", async () => {
    const chunk = givenChunk({}, { ref: await addAccount(pool) });
    const text = `needle "quoted" \\ {braced}, Grüße 🙂\n${"x y\t".repeat(mebibyte / 2)}`;
    const html = `<p>thimble ${"&amp; ".repeat(mebibyte / 4)}</p>`;
    await storeMessages(pool, chunk, [message("a", { text, html }), message("b"), message("c", { html })]);
    const { rows } = await pool.query(
      `select provider_id as id, md5(text_body) as text, md5(html_body) as html,
         search @@ websearch_to_tsquery('simple', 'needle') as found
       from messages where account_id = $1 order by provider_id`,
      [chunk.ref.accountId],
    );
    const [b, c] = [message("b"), message("c")];
    expect(rows).toEqual([
      { id: "a", text: hash("md5", text), html: hash("md5", html), found: true },
      { id: "b", text: hash("md5", b.text ?? ""), html: b.html ?? null, found: false },
      { id: "c", text: hash("md5", c.text ?? ""), html: hash("md5", html), found: false },
    ]);
  });

  it("puts no content of theirs into an array, which would be written out as text", async () => {
    const chunk = givenChunk({ content: "raw" }, { ref: await addAccount(pool) });
    const statements: (readonly unknown[])[] = [];
    const query = (sent: { readonly text: string; readonly values: unknown[] }) => {
      statements.push(sent.values);
      return pool.of(chunk.ref.tenantId).query(sent);
    };
    const watched = { ...pool, of: () => ({ query }) } as unknown as Pool;
    const text = "t".repeat(mebibyte);
    const html = "h".repeat(mebibyte);
    const raw = bytesOf(mebibyte, 1);
    await storeMessages(watched, chunk, [message("a"), message("b", { text, html, raw }), message("c")]);
    expect(statements.map((values) => values[5])).toEqual([["a", "c"], ["b"]]);
    expect(statements[1]?.filter((value) => value === text || value === html || value === raw)).toHaveLength(
      3,
    );
    expect(JSON.stringify(statements.flat().filter(Array.isArray)).length).toBeLessThan(mebibyte);
  });
});
