import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addMessage, addSync, insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let folder: string;
let owner: { tenantId: string; accountId: string };
const blobsOf = () => createFolderStore(folder);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-export-"));
  api = await startTestApi({ blobs: blobsOf() });
});
afterAll(async () => {
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});

const get = (format?: string, headers = tenant.headers) =>
  api.app.inject({
    url: `/v1/accounts/${owner.accountId}/export${format === undefined ? "" : `?format=${format}`}`,
    headers,
  });
const linesOf = (body: string): Record<string, unknown>[] =>
  body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("an export as JSON lines", () => {
  test("has everything that is held, each object once and with its kind, no secret, and an end that counts", async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 45; i++) ids.add(await addMessage(api.pool, owner, { text_body: `text ${i}` }));
    await addMessage(api.pool, owner, { deleted_at: new Date(), deleted_why: "trash" }).then((id) =>
      ids.add(id),
    );
    await addMessage(api.pool, { ...owner, accountId: await addAccount(api.pool, tenant.tenantId) });
    const syncId = await addSync(api.pool, owner);
    const row = { tenant_id: owner.tenantId, account_id: owner.accountId };
    await insertRow(api.pool, "labels", {
      ...row,
      id: "L1",
      name: "Work",
      type: "user",
      seen_at: new Date(),
    });
    for (let seq = 1; seq <= 3; seq++)
      await insertRow(api.pool, "events", {
        ...row,
        epoch: 1,
        seq: seq + Number.parseInt(tenant.tenantId.slice(1, 8), 16),
        id: `e${seq}`,
        type: "sync.stalled",
        source: "janitor",
        happened_at: new Date(),
        fact: { type: "sync.stalled" },
      });
    const answer = await get();
    expect(answer.headers["content-type"]).toBe("application/jsonl");
    expect(answer.headers["content-disposition"]).toContain(`${owner.accountId}.jsonl`);
    const lines = linesOf(answer.body);
    const kindsOf = (kind: string) => lines.filter((line) => line.kind === kind);
    expect(lines[0]).toMatchObject({ kind: "account", id: owner.accountId });
    expect(kindsOf("message")).toHaveLength(46);
    expect(new Set(kindsOf("message").map(({ id }) => id))).toEqual(ids);
    expect(kindsOf("message").some(({ text }) => text === "text 44")).toBe(true);
    expect(kindsOf("sync")).toMatchObject([{ id: syncId }]);
    expect(kindsOf("label")).toMatchObject([{ id: "L1", name: "Work" }]);
    expect(kindsOf("event").map(({ id }) => id)).toEqual(["e1", "e2", "e3"]);
    expect(lines.at(-1)).toEqual({ kind: "end", counts: { label: 1, message: 46, sync: 1, event: 3 } });
    expect(answer.body).not.toContain("sealed");
  });

  test("has bodies whole, however long and in whatever script, and they are never held whole", async () => {
    const text = `${'"\\\n\u2028𝒳ä'.repeat(60_000)}end`;
    const html = "<p>é</p>".repeat(50_000);
    await addMessage(api.pool, owner, { text_body: text, html_body: html });
    await addMessage(api.pool, owner, { text_body: null, html_body: "" });
    const messages = linesOf((await get()).body).filter(({ kind }) => kind === "message");
    expect(messages.some((one) => one.text === text && one.html === html)).toBe(true);
    expect(messages.some((one) => one.text === null && one.html === "")).toBe(true);
  });

  test("is of the tenant's own accounts only, and of none that does not exist", async () => {
    const stranger = await api.addTenant();
    expect((await get(undefined, stranger.headers)).statusCode).toBe(404);
    owner = { ...owner, accountId: "acc_none" };
    expect((await get()).statusCode).toBe(404);
    expect((await get("pst")).statusCode).toBe(400);
  });
});

describe("an export as mbox", () => {
  const raw = (subject: string): Buffer =>
    Buffer.from(
      `From: Ann <ann@example.com>\r\nSubject: ${subject}\r\n\r\nHello\r\nFrom here on\r\n>From there\r\n`,
      "latin1",
    );
  const addRaw = async (bytes: Buffer): Promise<void> => {
    const id = await addMessage(api.pool, owner, {
      content: "raw",
      addresses: { from: [{ name: "Ann", address: "ann@example.com" }] },
      received_at: new Date("2026-03-07T04:05:06Z"),
    });
    await insertRow(api.pool, "message_contents", {
      account_id: owner.accountId,
      provider_id: id.slice(4),
      tenant_id: owner.tenantId,
      raw: bytes,
    });
  };
  /** What a reader of mboxrd finds. */
  const entriesOf = (mbox: string): string[] =>
    mbox
      .split(/^From .*\n/m)
      .slice(1)
      .map((entry) => entry.replaceAll(/^>(>*From )/gm, "$1").replace(/\n$/, ""));

  test("has the exact bytes where they are kept, and no message can begin another", async () => {
    await addRaw(raw("one"));
    await addRaw(raw("two\r\nFrom evil@example.com Mon Jan  1 00:00:00 2026"));
    const large = Buffer.concat([raw("three"), Buffer.from("From x\r\n".repeat(400_000))]);
    await addRaw(large);
    const answer = await get("mbox");
    expect(answer.headers["content-type"]).toBe("application/mbox");
    const entries = entriesOf(answer.body);
    expect(entries).toHaveLength(3);
    const should = [raw("one"), raw("two\r\nFrom evil@example.com Mon Jan  1 00:00:00 2026"), large];
    expect(new Set(entries)).toEqual(
      new Set(should.map((bytes) => bytes.toString().replaceAll("\r\n", "\n"))),
    );
    expect(answer.body.match(/^From .*$/gm)).toEqual(
      Array(3).fill("From ann@example.com Sat Mar  7 04:05:06 2026"),
    );
  });

  test("puts others together from what is held, says so, and counts what lacks", async () => {
    const content = Buffer.from("the content of a file".repeat(1_000));
    const { sha256, sizeBytes } = await blobsOf().put(
      (async function* () {
        yield content;
      })(),
    );
    const id = await addMessage(api.pool, owner, {
      headers: JSON.stringify([
        ["From", "Änn <ann@example.com>"],
        ["Bcc", "hidden@example.com"],
        ["Subject", "Grüße"],
        ["Date", "Sat, 07 Mar 2026 04:05:06 +0000"],
        ["Message-ID", "<1@example.com>"],
        ["Content-Type", "multipart/mixed; boundary=old"],
        ["X-Millrace-Reconstructed", "no"],
        ["Received", "from a by b"],
        ["Received", "from b by c"],
      ]),
      text_body: "Text\nFrom here\n",
      html_body: `<p>é</p><img src="file:///etc/passwd">`,
    });
    const part = { account_id: owner.accountId, tenant_id: owner.tenantId, provider_id: id.slice(4) };
    const file = { ...part, mime_type: "application/pdf", size_bytes: sizeBytes, filename: "Grüße.pdf" };
    await insertRow(api.pool, "attachments", {
      ...file,
      part_id: "1",
      position: 0,
      sha256,
      blob_size: sizeBytes,
      fetched_at: new Date(),
    });
    await insertRow(api.pool, "attachments", { ...file, part_id: "2", position: 1 });
    const [entry] = entriesOf((await get("mbox")).body);
    const mail = await PostalMime.parse(entry ?? "");
    expect(mail).toMatchObject({
      subject: "Grüße",
      messageId: "<1@example.com>",
      from: { name: "Änn", address: "ann@example.com" },
      bcc: [{ address: "hidden@example.com" }],
    });
    expect(mail.text?.trim()).toBe("Text\nFrom here");
    expect(mail.html?.trim()).toBe(`<p>é</p><img src="file:///etc/passwd">`);
    const header = (key: string) => mail.headers.filter((one) => one.key === key).map(({ value }) => value);
    expect(header("x-millrace-reconstructed")).toEqual(["attachments-missing=1"]);
    expect(header("received")).toEqual(["from a by b", "from b by c"]);
    expect(mail.attachments.map(({ filename }) => filename)).toEqual(["Grüße.pdf"]);
    const bytes = Buffer.from(mail.attachments[0]?.content as ArrayBuffer);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
  });

  test("lets no header of a message begin another one, or a file be read", async () => {
    await addMessage(api.pool, owner, {
      headers: JSON.stringify([
        ["Subject", "a\r\nX-Injected: yes\n\nbody"],
        ["X-Bad\r\nX-Injected", "yes"],
        ["X-Path", "path"],
      ]),
      text_body: "text",
    });
    const [entry] = entriesOf((await get("mbox")).body);
    const mail = await PostalMime.parse(entry ?? "");
    expect(mail.headers.map(({ key }) => key)).not.toContain("x-injected");
    expect(mail.text?.trim()).toBe("text");
  });
});

describe("an export that runs", () => {
  test("ends without its last line when the account's removal is asked for", async () => {
    for (let i = 0; i < 60; i++) await addMessage(api.pool, owner, { text_body: "x".repeat(100_000) });
    const answer = await fetch(`${api.url}/v1/accounts/${owner.accountId}/export`, {
      headers: tenant.headers,
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    await api.app.inject({
      method: "DELETE",
      url: `/v1/accounts/${owner.accountId}`,
      headers: tenant.headers,
    });
    let text = "";
    const rest = async (): Promise<void> => {
      for (;;) {
        const piece = await reader?.read();
        if (piece === undefined || piece.done) return;
        text += Buffer.from(piece.value).toString();
      }
    };
    await expect(rest()).rejects.toThrow();
    expect(text).not.toContain('"kind":"end"');
  });

  test("reads no further than its client takes it, and ends when the client leaves: others have its place then", async () => {
    for (let i = 0; i < 200; i++) await addMessage(api.pool, owner, { text_body: "x".repeat(100_000) });
    const leaving = new AbortController();
    const begin = () =>
      fetch(`${api.url}/v1/accounts/${owner.accountId}/export`, {
        headers: tenant.headers,
        signal: leaving.signal,
      });
    const running = await Promise.all(Array.from({ length: 8 }, begin));
    expect(running.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await get()).json()).toMatchObject({ code: "busy" });
    leaving.abort();
    await expect.poll(async () => (await get()).statusCode, { timeout: 10_000 }).toBe(200);
  });
});
