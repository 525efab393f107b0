import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addMessage, insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let owner: { tenantId: string; accountId: string };

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterAll(() => api?.stop());

const get = (url: string) => api.app.inject({ url, headers: tenant.headers });

interface Item {
  readonly id: string;
  readonly receivedAt: string | null;
}

async function readAll(query = "limit=50"): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 100; page++) {
    const from: string = cursor === null ? "" : `&cursor=${cursor}`;
    const answer = await get(`/v1/accounts/${owner.accountId}/messages?${query}${from}`);
    expect(answer.statusCode).toBe(200);
    const { items: more, nextCursor } = answer.json<{ items: Item[]; nextCursor: string | null }>();
    items.push(...more);
    if (nextCursor === null) return items;
    cursor = nextCursor;
  }
  throw new Error("The pages do not end");
}

const idsOf = async (query: string) => (await readAll(`limit=50&${query}`)).map(({ id }) => id);
const address = (email: string, name = "") => ({ name, address: email });
const addresses = (from: string) => ({
  from: [address(from)],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
});

describe("lists", () => {
  test("are newest first and hold each message once, whatever the page, times that are equal or absent included", async () => {
    const times = [
      "2026-01-03T00:00:00.000001Z",
      "2026-01-03T00:00:00.000002Z",
      "2026-01-02T00:00:00Z",
      null,
    ];
    const ids: string[] = [];
    for (const received_at of times) {
      for (let i = 0; i < 3; i++) ids.push(await addMessage(api.pool, owner, { received_at }));
    }
    const whole = await readAll();
    expect(whole).toHaveLength(12);
    expect(new Set(whole.map(({ id }) => id))).toEqual(new Set(ids));
    const rank = whole.map(({ id }) => [1, 0, 2, 3][Math.floor(ids.indexOf(id) / 3)] ?? -1);
    expect(rank).toEqual(rank.toSorted());
    for (const limit of [1, 2, 3, 5, 7, 12]) expect(await readAll(`limit=${limit}`)).toEqual(whole);
  });

  test("a page reads what it shows and not the mailbox before it", async () => {
    await api.pool.query(
      `insert into messages (account_id, provider_id, tenant_id, id, label_ids, received_at, size_bytes, snippet,
         reference_ids, headers, addresses, content, defects, search, sync_id, work)
       select $1, 'p' || n, $2, 'msg_bulk' || $1 || n, '{}', timestamptz '2026-01-01' - n * interval '1 minute', 1, '',
         '{}', '[]', '{"from": [], "to": []}', 'full', '{}', '', 's', 0 from generate_series(1, 3000) as n`,
      [owner.accountId, owner.tenantId],
    );
    await api.pool.query("analyze messages");
    const deep = Buffer.from(JSON.stringify(["2025-12-30T00:00:00.000000Z", "msg_z"])).toString("base64url");
    const before = await readRows();
    expect(
      (await get(`/v1/accounts/${owner.accountId}/messages?limit=20&cursor=${deep}`)).json().items,
    ).toHaveLength(20);
    await expect.poll(readRows, { timeout: 20_000 }).toBeGreaterThan(before);
    expect((await readRows()) - before).toBeLessThan(200);
  });

  async function readRows(): Promise<number> {
    const { rows } = await api.pool.query<{ rows: number }>(
      `select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::float8 as rows from pg_stat_user_tables
       where relname = 'messages'`,
    );
    return rows[0]?.rows ?? 0;
  }

  test("are narrowed by label, thread, sender and words, and by all of them", async () => {
    const search = (text: string) =>
      text
        .split(" ")
        .map((word, i) => `'${word}':${i + 1}`)
        .join(" ");
    const a = await addMessage(api.pool, owner, {
      label_ids: ["INBOX", "IMPORTANT"],
      addresses: addresses("Ann@Example.com"),
      search: search("quarterly report"),
    });
    const b = await addMessage(api.pool, owner, {
      label_ids: ["INBOX"],
      thread_id: "thread2",
      addresses: addresses("bob@example.com"),
      search: search("report of bugs"),
    });
    const c = await addMessage(api.pool, owner, {
      label_ids: [],
      addresses: addresses("ann@example.com"),
      search: search("holiday"),
    });
    expect(new Set(await idsOf("label=INBOX"))).toEqual(new Set([a, b]));
    expect(await idsOf("label=IMPORTANT")).toEqual([a]);
    expect(await idsOf("threadId=thread2")).toEqual([b]);
    expect(new Set(await idsOf("from=ann@example.com"))).toEqual(new Set([a, c]));
    expect(new Set(await idsOf("q=Report"))).toEqual(new Set([a, b]));
    expect(await idsOf(`q=${encodeURIComponent('"quarterly report"')}`)).toEqual([a]);
    expect(await idsOf("q=report%20-bugs")).toEqual([a]);
    expect(await idsOf("q=report&label=INBOX&from=bob@example.com")).toEqual([b]);
    expect(await idsOf("q=nothing")).toEqual([]);
  });

  test.each(["'", "\\", "%", "a'b", '"', "(", "!", "&|", "-", ":*", "<->", "😀", "ß"])(
    "words like %s break nothing",
    async (q) => {
      await addMessage(api.pool, owner);
      for (const name of ["q", "label", "threadId", "from"]) {
        const answer = await get(`/v1/accounts/${owner.accountId}/messages?${name}=${encodeURIComponent(q)}`);
        expect(answer.statusCode).toBe(200);
      }
    },
  );

  test("say whether there are attachments beside what is shown inline", async () => {
    const part = {
      account_id: owner.accountId,
      tenant_id: owner.tenantId,
      position: 0,
      mime_type: "image/png",
      size_bytes: 1,
    };
    const plain = await addMessage(api.pool, owner);
    const inline = await addMessage(api.pool, owner);
    const attached = await addMessage(api.pool, owner);
    await insertRow(api.pool, "attachments", {
      ...part,
      provider_id: inline.slice(4),
      part_id: "1",
      disposition: "inline",
    });
    await insertRow(api.pool, "attachments", {
      ...part,
      provider_id: attached.slice(4),
      part_id: "1",
      disposition: "attachment",
    });
    const items = (await get(`/v1/accounts/${owner.accountId}/messages`)).json().items as {
      id: string;
      hasAttachments: boolean;
    }[];
    const flags = new Map(items.map(({ id, hasAttachments }) => [id, hasAttachments]));
    expect([plain, inline, attached].map((id) => flags.get(id))).toEqual([false, false, true]);
  });
});

test("a message is shown whole, in the order of its headers, and without its exact bytes", async () => {
  const id = await addMessage(api.pool, owner, {
    headers: JSON.stringify([
      ["Received", "b"],
      ["Received", "a"],
      ["Subject", "Grüße"],
    ]),
    addresses: { ...addresses("a@example.com"), cc: [address("c@example.com", "C")] },
    history_id: "18446744073709551615",
    text_body: "text",
    html_body: "<p>html</p>",
    sent_at: new Date("2026-01-01T00:00:00Z"),
    reference_ids: ["<1@x>", "<2@x>"],
    message_id_header: "<3@x>",
    defects: ["a NUL was replaced"],
    content: "raw",
    raw_sha256: "ab",
  });
  await insertRow(api.pool, "attachments", {
    account_id: owner.accountId,
    tenant_id: owner.tenantId,
    provider_id: id.slice(4),
    part_id: "2",
    position: 0,
    filename: "a.pdf",
    mime_type: "application/pdf",
    size_bytes: 12,
    disposition: "attachment",
  });
  expect((await get(`/v1/messages/${id}`)).json()).toMatchObject({
    id,
    accountId: owner.accountId,
    headers: [
      ["Received", "b"],
      ["Received", "a"],
      ["Subject", "Grüße"],
    ],
    from: [{ name: "", address: "a@example.com" }],
    cc: [{ name: "C", address: "c@example.com" }],
    historyId: "18446744073709551615",
    text: "text",
    html: "<p>html</p>",
    sentAt: "2026-01-01T00:00:00.000Z",
    references: ["<1@x>", "<2@x>"],
    messageIdHeader: "<3@x>",
    defects: ["a NUL was replaced"],
    attachments: [
      {
        partId: "2",
        filename: "a.pdf",
        mimeType: "application/pdf",
        sizeBytes: 12,
        contentId: null,
        disposition: "attachment",
      },
    ],
    hasAttachments: true,
    links: { raw: `/v1/messages/${id}/raw` },
  });
});

test.each([0, 1, 1024 ** 2, 3 * 1024 ** 2 + 17])(
  "the exact %i bytes are downloaded as they are",
  async (bytes) => {
    const raw = randomBytes(bytes);
    const id = await addMessage(api.pool, owner, { content: "raw" });
    await insertRow(api.pool, "message_contents", {
      account_id: owner.accountId,
      provider_id: id.slice(4),
      tenant_id: owner.tenantId,
      raw,
    });
    const answer = await fetch(`${api.url}/v1/messages/${id}/raw`, { headers: tenant.headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("message/rfc822");
    expect(answer.headers.get("content-length")).toBe(String(bytes));
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${id}.eml"`);
    const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
    expect(digest(await answer.bytes())).toBe(digest(raw));
  },
);

test("bytes that are not kept are 409, and it says how to get them", async () => {
  const id = await addMessage(api.pool, owner);
  const answer = await get(`/v1/messages/${id}/raw`);
  expect([answer.statusCode, answer.json().code]).toEqual([409, "raw_not_kept"]);
  expect(answer.json().detail).toContain('content "raw"');
  await api.pool.query("update accounts set content = 'raw' where id = $1", [owner.accountId]);
  expect((await get(`/v1/messages/${id}/raw`)).json().detail).toContain("full sync");
});

test("a message that the provider has no more is hidden from lists, by its address, and as bytes", async () => {
  const id = await addMessage(api.pool, owner, {
    subject: "a gone one",
    deleted_at: new Date(),
    deleted_why: "gone",
  });
  const kept = await addMessage(api.pool, owner);
  expect((await readAll()).map((message) => message.id)).toEqual([kept]);
  await insertRow(api.pool, "message_contents", {
    account_id: owner.accountId,
    provider_id: id.slice(4),
    tenant_id: owner.tenantId,
    raw: Buffer.from("x"),
  });
  for (const url of [`/v1/messages/${id}`, `/v1/messages/${id}/raw`]) {
    expect((await get(url)).statusCode).toBe(404);
    expect((await get(`${url}?includeDeleted=true`)).statusCode).toBe(200);
  }
  const { links } = (await get(`/v1/messages/${id}?includeDeleted=true`)).json();
  for (const link of [links.self, links.raw]) expect((await get(link)).statusCode).toBe(200);
});

test("messages that facts name are found by the provider's ids, many at once", async () => {
  const ids = [await addMessage(api.pool, owner), await addMessage(api.pool, owner)];
  await addMessage(api.pool, owner);
  const deleted = await addMessage(api.pool, owner, { deleted_at: new Date(), deleted_why: "deleted" });
  const query = [...ids, deleted].map((id) => `providerId=${id.slice(4)}`).join("&");
  expect((await idsOf(`${query}&providerId=absent`)).toSorted()).toEqual(ids.toSorted());
  expect(await idsOf(`providerId=${ids[0]?.slice(4)}`)).toEqual([ids[0]]);
  expect((await idsOf(`${query}&includeDeleted=true`)).toSorted()).toEqual([...ids, deleted].toSorted());
  const all = Array.from({ length: 60 }, () => addMessage(api.pool, owner));
  const named = (await Promise.all(all)).map((id) => `providerId=${id.slice(4)}`).join("&");
  const answer = await get(`/v1/accounts/${owner.accountId}/messages?${named}`);
  expect([answer.json().items.length, answer.json().nextCursor]).toEqual([60, null]);
  const many = Array.from({ length: 201 }, (_, i) => `providerId=${i}`).join("&");
  const refused = await get(`/v1/accounts/${owner.accountId}/messages?${many}`);
  expect(refused.json()).toMatchObject({ code: "invalid_request" });
});

test("another tenant's messages are 404, as absent ones are", async () => {
  const other = await api.addTenant();
  const theirs = { tenantId: other.tenantId, accountId: await addAccount(api.pool, other.tenantId) };
  const id = await addMessage(api.pool, theirs);
  await insertRow(api.pool, "message_contents", {
    account_id: theirs.accountId,
    provider_id: id.slice(4),
    tenant_id: theirs.tenantId,
    raw: Buffer.from("x"),
  });
  for (const url of [
    `/v1/messages/${id}`,
    `/v1/messages/${id}/raw`,
    "/v1/messages/msg_absent",
    `/v1/accounts/${theirs.accountId}/messages`,
  ]) {
    const answer = await get(url);
    expect([answer.statusCode, answer.json().code]).toEqual([404, "not_found"]);
  }
});
