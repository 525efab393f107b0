import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { type BlobStore, BlobStoreAwayError } from "@millrace/shared/blobs/blob-store";
import { createFolderStore } from "@millrace/shared/blobs/create-folder-store";
import { sealCredentials } from "@millrace/shared/postgres/load-account";
import { createGmailProvider } from "@millrace/shared/providers/gmail/create-gmail-provider";
import { memoryTokenVault } from "@millrace/shared/providers/testing/memory-token-vault";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addMessage, type Columns, insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

const email = "ann@example.com";
const content = randomBytes(200_000);
const sha256 = createHash("sha256").update(content).digest("hex");
const mail = [
  "From: bob@example.com",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "see below",
  "--b",
  'Content-Type: text/html; name="page.html"',
  "Content-Disposition: attachment",
  "Content-Transfer-Encoding: base64",
  "",
  content.toString("base64").replace(/.{76}/g, "$&\r\n"),
  "--b--",
  "",
].join("\r\n");

let simulator: GmailSimulator;
let provider: ReturnType<typeof createGmailProvider>;
let folder: string;
let blobs: BlobStore;
let api: TestApi;
let tenant: TestTenant;
let accountId: string;
let providerId: string;
let messageId: string;
let url: string;
/** The store of blobs refuses while this is set. */
let isAway = false;

beforeAll(async () => {
  simulator = await startGmailSimulator({ mailboxes: [{ email, generate: 0 }], quotas: "off" });
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    requestTimeoutMs: 5_000,
  });
  folder = await mkdtemp(join(tmpdir(), "millrace-attachments-"));
  const store = createFolderStore(folder);
  const away = (): never => {
    throw new BlobStoreAwayError(new Error("ENOSPC"));
  };
  blobs = { ...store, put: async (...input) => (isAway ? away() : store.put(...input)) };
  api = await startTestApi({ blobs, provider });
});
afterAll(async () => {
  await api?.stop();
  provider?.close();
  await simulator?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  tenant = await api.addTenant();
  const answer = await api.app.inject({
    method: "POST",
    url: "/v1/accounts",
    headers: tenant.headers,
    payload: { provider: "gmail", email, credentials: { refreshToken: `sim-refresh-${email}` } },
  });
  accountId = answer.json().id;
  [providerId = ""] = await simulator.control.addMessages(email, [{ raw: mail }]);
  messageId = await addMessage(api.pool, owner(), { provider_id: providerId });
  await addAttachment();
  url = `/v1/messages/${messageId}/attachments/1`;
  await simulator.control.resetCalls();
});
afterEach(async () => {
  isAway = false;
  await simulator.control.clearFaults();
});

const owner = () => ({ tenantId: tenant.tenantId, accountId });
const addAttachment = (columns: Columns = {}) =>
  insertRow(api.pool, "attachments", {
    account_id: accountId,
    provider_id: providerId,
    part_id: "1",
    tenant_id: tenant.tenantId,
    position: 0,
    filename: "../päge.html",
    mime_type: "text/html",
    size_bytes: content.length,
    disposition: "attachment",
    provider_attachment_id: "ANGjdJ_of_another_answer",
    ...columns,
  });
const get = (headers: Record<string, string> = {}, method: "GET" | "HEAD" = "GET") =>
  api.app.inject({ method, url, headers: { ...tenant.headers, ...headers } });
const setMode = (attachments: string, id = accountId, headers = tenant.headers) =>
  api.app.inject({ method: "PATCH", url: `/v1/accounts/${id}`, headers, payload: { attachments } });
const listed = async () =>
  (await api.app.inject({ url: `/v1/messages/${messageId}/attachments`, headers: tenant.headers })).json()
    .items;
const calls = async () => (await simulator.control.calls()).total;
const blobCount = async () => {
  let count = 0;
  for await (const blob of blobs.list()) count += blob.sha256 === sha256 ? 1 : 0;
  return count;
};

test("an account says what is kept of attachments, and is changed by name", async () => {
  const shown = async () =>
    (await api.app.inject({ url: `/v1/accounts/${accountId}`, headers: tenant.headers })).json().attachments;
  expect(await shown()).toBe("metadata");
  expect((await setMode("lazy")).json()).toMatchObject({ id: accountId, attachments: "lazy" });
  expect(await shown()).toBe("lazy");
  expect((await setMode("all")).json()).toMatchObject({ code: "invalid_request" });
  const other = await api.addTenant();
  expect((await setMode("eager", accountId, other.headers)).statusCode).toBe(404);
  const nothing = await api.app.inject({
    method: "PATCH",
    url: `/v1/accounts/${accountId}`,
    headers: tenant.headers,
    payload: {},
  });
  expect(nothing.statusCode).toBe(400);
  expect(await shown()).toBe("lazy");
});

describe("metadata", () => {
  test("passes the content through, whole, and keeps nothing", async () => {
    const answer = await get({ range: "bytes=0-9" });
    expect([answer.statusCode, answer.headers["accept-ranges"], answer.headers.etag]).toEqual([
      200,
      "none",
      undefined,
    ]);
    expect(answer.rawPayload.equals(content)).toBe(true);
    expect(await listed()).toMatchObject([{ id: "1", sha256: null, failure: null }]);
    expect((await get({ "if-match": '"x"' })).json()).toMatchObject({ code: "precondition_failed" });
    expect((await get({ "if-match": "*" })).statusCode).toBe(200);
  });

  test("takes the content out of the exact message where it is stored, and asks nobody", async () => {
    await insertRow(api.pool, "message_contents", {
      account_id: accountId,
      provider_id: providerId,
      tenant_id: tenant.tenantId,
      raw: Buffer.from(mail),
    });
    await simulator.control.resetCalls();
    expect((await get()).rawPayload.equals(content)).toBe(true);
    expect(await calls()).toBe(0);
  });
});

describe("lazy", () => {
  beforeEach(() => setMode("lazy"));

  test("fetches the content once, and keeps one copy for all messages that carry it", async () => {
    expect((await get()).rawPayload.equals(content)).toBe(true);
    await simulator.control.resetCalls();
    expect((await get()).rawPayload.equals(content)).toBe(true);
    expect(await calls()).toBe(0);
    await addAttachment({ part_id: "2", provider_attachment_id: null });
    await api.pool.query("update attachments set part_id = '1.x' where part_id = '1' and account_id = $1", [
      accountId,
    ]);
    await api.pool.query("update attachments set part_id = '1' where part_id = '2' and account_id = $1", [
      accountId,
    ]);
    expect((await get()).rawPayload.equals(content)).toBe(true);
    expect(await listed()).toMatchObject([{ sha256 }, { sha256 }]);
    expect(await blobCount()).toBe(1);
  });

  test("serves ranges, also of content that is fetched for them", async () => {
    for (const [range, from, to] of [
      ["bytes=0-9", 0, 10],
      ["bytes=-5", content.length - 5, content.length],
      [`bytes=${content.length - 3}-`, content.length - 3, content.length],
      ["bytes=70000-140000", 70_000, 140_001],
    ] as const) {
      const answer = await get({ range });
      expect([answer.statusCode, answer.headers["content-range"], answer.headers["content-length"]]).toEqual([
        206,
        `bytes ${from}-${to - 1}/${content.length}`,
        String(to - from),
      ]);
      expect(answer.rawPayload.equals(content.subarray(from, to))).toBe(true);
    }
    const beyond = await get({ range: `bytes=${content.length}-` });
    expect([beyond.statusCode, beyond.headers["content-range"], beyond.json().code]).toEqual([
      416,
      `bytes */${content.length}`,
      "range_not_satisfiable",
    ]);
    const etag = `"${sha256}"`;
    expect((await get({ range: "bytes=0-9", "if-range": etag })).statusCode).toBe(206);
    expect((await get({ range: "bytes=0-9", "if-range": '"other"' })).rawPayload).toHaveLength(
      content.length,
    );
    const known = await get({ "if-none-match": etag });
    expect([known.statusCode, known.rawPayload.length]).toEqual([304, 0]);
    for (const matching of [etag, "*", `"other", ${etag}`])
      expect((await get({ range: "bytes=0-9", "if-match": matching })).statusCode).toBe(206);
    for (const other of ['"other"', `W/${etag}`]) {
      const refused = await get({ range: "bytes=0-9", "if-match": other });
      expect([refused.statusCode, refused.json().code]).toEqual([412, "precondition_failed"]);
      expect(refused.headers["content-disposition"]).toBe(undefined);
    }
  });

  test("answers HEAD with the headers of GET, and fetches nothing for it", async () => {
    const before = await get({}, "HEAD");
    expect([before.statusCode, before.headers["accept-ranges"], await calls()]).toEqual([200, "bytes", 0]);
    await get();
    const head = await get({}, "HEAD");
    expect(head.headers).toMatchObject({ etag: `"${sha256}"`, "content-length": String(content.length) });
    expect(head.rawPayload).toHaveLength(0);
    // A range is defined for GET alone.
    const part = await get({ range: "bytes=0-9" }, "HEAD");
    expect([part.statusCode, part.headers["content-length"]]).toEqual([200, String(content.length)]);
  });

  test("fetches anew what the store has lost", async () => {
    await get();
    await blobs.delete(sha256, new Date(Date.now() + 3_600_000));
    expect((await get()).rawPayload.equals(content)).toBe(true);
    expect(await blobCount()).toBe(1);
  });
});

test("content is sent as a file to save, and never as a page", async () => {
  const { headers } = await get();
  expect(headers).toMatchObject({
    "content-type": "application/octet-stream",
    "content-disposition": "attachment; filename=\"p_ge.html\"; filename*=UTF-8''p%C3%A4ge.html",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  expect(headers["content-security-policy"]).toContain("sandbox");
});

test("another tenant's attachment, and one that is not there, are not found, and nobody is asked", async () => {
  const other = await api.addTenant();
  const asked = (path: string, headers = tenant.headers) => api.app.inject({ url: path, headers });
  for (const answer of [
    await asked(url, other.headers),
    await asked(`/v1/messages/${messageId}/attachments`, other.headers),
    await asked(`/v1/messages/${messageId}/attachments/2`),
    await asked(`/v1/messages/${messageId}/attachments/${encodeURIComponent("../1")}`),
    await asked("/v1/messages/msg_none/attachments/1"),
  ])
    expect(answer.statusCode).toBe(404);
  await api.pool.query("update messages set deleted_at = now() where id = $1", [messageId]);
  expect((await get()).statusCode).toBe(404);
  expect(await calls()).toBe(0);
});

test("the attachments of a message that is marked as deleted are there for who asks for them", async () => {
  await setMode("lazy");
  await get();
  await api.pool.query("update messages set deleted_at = now(), deleted_why = 'trash' where id = $1", [
    messageId,
  ]);
  const asked = (path: string) => api.app.inject({ url: path, headers: tenant.headers });
  for (const path of [`/v1/messages/${messageId}/attachments`, url]) {
    expect((await asked(path)).statusCode).toBe(404);
    expect((await asked(`${path}?includeDeleted=true`)).statusCode).toBe(200);
    expect((await asked(`${path}?deleted=true`)).json()).toMatchObject({ code: "invalid_request" });
  }
  const { items } = (await asked(`/v1/messages/${messageId}/attachments?includeDeleted=true`)).json();
  expect((await asked(items[0].links.content)).statusCode).toBe(200);
});

test.each(["metadata", "lazy"])("faults are problems, not broken answers: %s", async (mode) => {
  await setMode(mode);
  const failing = async (effect: Parameters<typeof simulator.control.addFault>[0]["effect"]) => {
    await simulator.control.clearFaults();
    await simulator.control.addFault({ match: { endpoint: "attachments.get" }, effect });
    const answer = await get();
    expect(answer.headers["content-disposition"]).toBe(undefined);
    return [answer.statusCode, answer.json().code, answer.headers["retry-after"] !== undefined];
  };
  expect(await failing({ kind: "status", status: 503 })).toEqual([503, "provider_unavailable", true]);
  expect(await failing({ kind: "status", status: 429 })).toEqual([503, "provider_unavailable", true]);
  expect(await failing({ kind: "malformedJson" })).toEqual([503, "provider_unavailable", true]);
  await simulator.control.clearFaults();
  await simulator.control.deleteMessages(email, [providerId]);
  const gone = await get();
  expect([gone.statusCode, gone.json().code]).toEqual([410, "attachment_gone"]);
  expect(await listed()).toMatchObject([{ sha256: null, failure: { category: "gone" } }]);
  await api.pool.query("update accounts set sealed_credentials = $2 where id = $1", [
    accountId,
    sealCredentials(api.keyring, owner(), { refreshToken: "revoked" }),
  ]);
  const refused = await get();
  expect([refused.statusCode, refused.json().code]).toEqual([409, "reauth_required"]);
});

test("a client that leaves in the middle of kept content is no error", async () => {
  await setMode("lazy");
  const large = await blobs.put(
    (async function* () {
      for (let i = 0; i < 512; i++) yield randomBytes(64 * 1024);
    })(),
  );
  await api.pool.query(
    "update attachments set sha256 = $2, blob_size = $3, fetched_at = now() where account_id = $1",
    [accountId, large.sha256, large.sizeBytes],
  );
  const logged = api.logLines.length;
  await new Promise<void>((resolve, reject) => {
    const asked = request(`${api.url}${url}`, { headers: tenant.headers }, (answer) => {
      answer.once("data", () => asked.destroy());
      answer.once("close", resolve);
      answer.on("error", () => {});
    });
    asked.on("error", reject);
    asked.end();
  });
  const left = () => api.logLines.slice(logged).some((line) => line.includes("the client left"));
  await expect.poll(left).toBe(true);
  const errors = api.logLines.slice(logged).filter((line) => JSON.parse(line).level >= 50);
  expect(errors).toEqual([]);
});

test("a store that is away is 503, and asking again works", async () => {
  await setMode("lazy");
  isAway = true;
  const answer = await get();
  expect([answer.statusCode, answer.json().code]).toEqual([503, "blob_store_unavailable"]);
  isAway = false;
  expect((await get()).statusCode).toBe(200);
});

test("content that breaks off breaks the answer off, and is not kept as if it were whole", async () => {
  await simulator.control.addFault({
    match: { endpoint: "attachments.get" },
    effect: { kind: "truncate", endsCleanly: true },
  });
  const outcome = await fetch(`${api.url}${url}`, { headers: tenant.headers })
    .then((answer) => answer.arrayBuffer())
    .then(
      (body) => `whole: ${body.byteLength}`,
      () => "broken off",
    );
  expect(outcome).toBe("broken off");
  await setMode("lazy");
  expect((await get()).json().code).toBe("provider_unavailable");
  expect(await listed()).toMatchObject([{ sha256: null }]);
});

test("a client that leaves ends the fetch, and nothing is kept or logged as an error", async () => {
  await setMode("lazy");
  await simulator.control.addFault({
    match: { endpoint: "attachments.get" },
    effect: { kind: "hang", ms: 3_000 },
  });
  const logged = api.logLines.length;
  await new Promise<void>((resolve) => {
    const asked = request(`${api.url}${url}`, { headers: tenant.headers });
    asked.on("error", () => resolve());
    asked.end();
    setTimeout(() => asked.destroy(), 300);
  });
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(await listed()).toMatchObject([{ sha256: null }]);
  const errors = api.logLines.slice(logged).filter((line) => JSON.parse(line).level >= 50);
  expect(errors).toEqual([]);
});
