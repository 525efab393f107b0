import { noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { derivedId } from "@millrace/shared/events/identifiers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startProjector } from "../projector/start-projector.ts";
import { addAccount, addMessage, addSync, type Columns, insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";
import { factsOf, startInLog, tellLog } from "../testing/tell-log.ts";
import { letterColumns } from "./letter-rows.ts";

let api: TestApi;
let tenant: TestTenant;
let ref: { tenantId: string; accountId: string };
let syncId: string;

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
  ref = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
  syncId = await addSync(api.pool, ref, { status: "partial", ended_at: new Date() });
});
afterAll(() => api?.stop());

const ask = (method: "GET" | "POST" | "DELETE", url: string, payload?: object, headers = tenant.headers) =>
  api.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
const get = (url: string) => ask("GET", url);

let nextOrdinal = 0;
async function addLetter(columns: Columns = {}): Promise<string> {
  const ordinal = nextOrdinal++;
  const id = derivedId("dl", syncId, String(columns.ordinal ?? ordinal));
  await insertRow(api.pool, "dead_letters", {
    id,
    tenant_id: ref.tenantId,
    account_id: ref.accountId,
    sync_id: syncId,
    chunk_index: 0,
    ordinal,
    provider_id: `m${ordinal}`,
    scope: "message",
    category: "bad_item",
    error: "cannot be stored",
    attempts: 1,
    state: "open",
    created_at: new Date("2026-01-01T00:00:00Z"),
    updated_at: new Date("2026-01-01T00:00:00Z"),
    epoch: 1,
    seq: 1,
    ...columns,
  });
  return id;
}

describe("lists", () => {
  async function idsOf(query: string): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const answer = await get(`/v1/dead-letters?${query}${cursor === "" ? "" : `&cursor=${cursor}`}`);
      expect(answer.statusCode).toBe(200);
      ids.push(...answer.json().items.map(({ id }: { id: string }) => id));
      cursor = answer.json().nextCursor;
    }
    return ids;
  }

  test("are newest first, hold each letter once, and show the open ones", async () => {
    const times = [1, 3, 2, 3, 1].map((second) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)));
    const ids: string[] = [];
    for (const created_at of times) ids.push(await addLetter({ created_at }));
    await addLetter({ state: "resolved", outcome: "stored" });
    for (const limit of [1, 2, 50]) {
      const listed = await idsOf(`limit=${limit}`);
      expect(new Set(listed)).toEqual(new Set(ids));
      const seconds = listed.map((id) => times[ids.indexOf(id)]?.getUTCSeconds());
      expect(seconds).toEqual([3, 3, 2, 1, 1]);
    }
  });

  test("are narrowed by account, sync, chunk, category, scope and state", async () => {
    const plain = await addLetter();
    const chunk = await addLetter({ scope: "chunk", chunk_index: 4, category: "crash_loop" });
    const redriving = await addLetter({ state: "redriving" });
    const otherAccount = await addAccount(api.pool, tenant.tenantId);
    const other = await addLetter({ account_id: otherAccount, sync_id: "syn_other" });
    expect(await idsOf("syncId=syn_other")).toEqual([other]);
    expect(await idsOf(`accountId=${otherAccount}`)).toEqual([other]);
    expect(await idsOf("chunkIndex=4")).toEqual([chunk]);
    expect(await idsOf("category=crash_loop")).toEqual([chunk]);
    expect(await idsOf("scope=chunk")).toEqual([chunk]);
    expect(await idsOf("state=redriving")).toEqual([redriving]);
    expect(new Set(await idsOf("scope=message"))).toEqual(new Set([plain, other]));
  });

  test("refuse what they do not know", async () => {
    const wrong = [
      "category=nothing",
      "state=x",
      "scope=x",
      "chunkIndex=-1",
      "chunkIndex=x",
      "limit=0",
      "cursor=x",
      "syncId=a.b",
      "sync=syn_1",
    ];
    for (const query of wrong) {
      const answer = await get(`/v1/dead-letters?${query}`);
      expect([query, answer.statusCode, answer.json().code]).toEqual([query, 400, "invalid_request"]);
    }
  });
});

test("one is shown with its reason, and its bytes are downloaded as they were kept", async () => {
  const raw = Buffer.concat([Buffer.from("Subject: x\r\n\r\n"), Buffer.alloc(1024 ** 2 + 5, 7)]);
  const id = await addLetter({ provider_id: "kept" });
  await insertRow(api.pool, "dead_letter_contents", {
    account_id: ref.accountId,
    provider_id: "kept",
    tenant_id: ref.tenantId,
    raw,
  });
  const letter = (await get(`/v1/dead-letters/${id}`)).json();
  expect(letter).toMatchObject({
    id,
    syncId,
    accountId: ref.accountId,
    scope: "message",
    providerId: "kept",
    category: "bad_item",
    error: "cannot be stored",
    attempts: 1,
    state: "open",
    outcome: null,
    hasRaw: true,
  });
  const answer = await fetch(`${api.url}${letter.links.raw}`, { headers: tenant.headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${id}.eml"`);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(Buffer.from(await answer.arrayBuffer()).equals(raw)).toBe(true);
});

test("bytes that are not kept are 409", async () => {
  const id = await addLetter();
  expect((await get(`/v1/dead-letters/${id}`)).json().hasRaw).toBe(false);
  const answer = await get(`/v1/dead-letters/${id}/raw`);
  expect([answer.statusCode, answer.json().code]).toEqual([409, "raw_not_kept"]);
});

test("one is redriven as a fact, and once more while it is redriven; a settled one is 409", async () => {
  const id = await addLetter({ chunk_index: 7, ordinal: 3, provider_id: "m" });
  for (let i = 0; i < 2; i++) {
    const answer = await ask("POST", `/v1/dead-letters/${id}/redrive`);
    expect([answer.statusCode, answer.json()]).toEqual([202, { redriven: 1, syncId, version: null }]);
    await api.pool.query("update dead_letters set state = 'redriving' where id = $1", [id]);
  }
  const fact = {
    type: "dead_letters.redriven",
    syncId,
    chunkIndex: 7,
    content: "full",
    letters: [{ ordinal: 3, messageId: "m" }],
  };
  expect(await factsOf(api, ref, "note")).toEqual([fact, fact]);
  for (const state of ["resolved", "discarded"]) {
    await api.pool.query("update dead_letters set state = $2 where id = $1", [id, state]);
    const answer = await ask("POST", `/v1/dead-letters/${id}/redrive`);
    expect([answer.statusCode, answer.json()]).toMatchObject([
      409,
      { code: "letter_settled", detail: expect.stringContaining(state) },
    ]);
  }
  expect(await factsOf(api, ref, "note")).toHaveLength(2);
});

test("letters are redriven by filter, each chunk as one fact, and only those that match", async () => {
  const sync = { sync_id: syncId };
  const ids = [await addLetter({ ...sync, chunk_index: 1 }), await addLetter({ ...sync, chunk_index: 0 })];
  await addLetter({ ...sync, chunk_index: 1 });
  await addLetter({ ...sync, state: "redriving" });
  await addLetter({ ...sync, state: "discarded" });
  await addLetter({ sync_id: "syn_other", category: "unknown" });
  const redriven = async (body: object) =>
    (await ask("POST", "/v1/dead-letters/redrive", body)).json().redriven;
  expect(await redriven({ syncId })).toBe(3);
  expect((await factsOf(api, ref, "note")).map((fact) => "chunkIndex" in fact && fact.chunkIndex)).toEqual(
    expect.arrayContaining([0, 1]),
  );
  expect(await factsOf(api, ref, "note")).toHaveLength(2);
  expect(await redriven({ accountId: ref.accountId })).toBe(4);
  expect(await redriven({ category: "unknown" })).toBe(1);
  expect(await redriven({ ids })).toBe(2);
  expect(await redriven({ syncId, chunkIndex: 1 })).toBe(2);
  expect(await redriven({ syncId, state: "redriving" })).toBe(1);
  expect(await redriven({ all: true })).toBe(4);
  const answered = async (body: object) =>
    (await ask("POST", "/v1/dead-letters/redrive", body)).json().syncId;
  expect([await answered({ syncId }), await answered({ all: true })]).toEqual([syncId, null]);
});

test("a redrive that names nothing, or what does not exist, is a problem of the request", async () => {
  const wrong = [
    {},
    { chunkIndex: 1 },
    { scope: "chunk" },
    { all: false },
    { ids: [] },
    { syncId, x: 1 },
    { state: "open" },
  ];
  for (const body of wrong) {
    const answer = await ask("POST", "/v1/dead-letters/redrive", body);
    expect([body, answer.statusCode, answer.json().code]).toEqual([body, 400, "invalid_request"]);
  }
});

test("another tenant's letters are 404 at each address, and no filter reaches them", async () => {
  const id = await addLetter();
  const other = await api.addTenant();
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/raw"],
    ["POST", "/redrive"],
    ["DELETE", ""],
  ] as const) {
    const theirs = await ask(method, `/v1/dead-letters/${id}${path}`, undefined, other.headers);
    const unknown = await ask(method, `/v1/dead-letters/dl_unknown${path}`);
    expect([theirs.statusCode, unknown.statusCode]).toEqual([404, 404]);
  }
  for (const body of [{ all: true }, { ids: [id] }, { syncId }, { accountId: ref.accountId }]) {
    const answer = await ask("POST", "/v1/dead-letters/redrive", body, other.headers);
    expect(answer.json()).toEqual({ redriven: 0, syncId: null, version: null });
  }
  expect(
    (await ask("GET", `/v1/dead-letters?syncId=${syncId}`, undefined, other.headers)).json().items,
  ).toEqual([]);
  expect(await factsOf(api, ref, "note")).toEqual([]);
});

describe("discarding", () => {
  /** A sync whose only chunk has set aside two messages, in the log. */
  async function twoLetters(): Promise<string> {
    const id = await startInLog(api, ref);
    const share = { listed: 2, stored: 0, unchanged: 0, gone: 0, deadLettered: 2 };
    const progress = settleChunk(noProgress, 0, share);
    if (progress === null) throw new Error("It was settled before");
    const letters = [0, 1].map((ordinal) => ({
      ordinal,
      messageId: `m${ordinal}`,
      category: "bad_item" as const,
      message: "?",
    }));
    const settled = {
      chunkIndex: 0,
      pageNumber: 0,
      lane: "live" as const,
      ledger: share,
      attempt: 1,
      letters,
      mail: { added: [], changed: [], deleted: [] },
      progress,
    };
    await tellLog(api, ref, `${id}.chunk.0`, { type: "chunk.fetched", syncId: id, ...settled });
    return id;
  }

  test("is a fact that settles the letter and moves no count; again, also at once, it is no other", async () => {
    syncId = await twoLetters();
    const [first, second] = [await addLetter({ ordinal: 0 }), await addLetter({ ordinal: 1 })];
    const answers = await Promise.all(
      [first, second, first, second].map((id) => ask("DELETE", `/v1/dead-letters/${id}`)),
    );
    expect(answers.map(({ statusCode, body }) => [statusCode, body])).toEqual(Array(4).fill([204, ""]));
    const facts = (await factsOf(api, ref, `chunk.${syncId}`)).slice(1);
    expect(facts).toHaveLength(2);
    expect(facts.at(-1)).toMatchObject({
      type: "dead_letters.settled",
      letters: [{ outcome: "discarded" }],
      progress: { revision: 3, lettersSettled: [[0, 1]], ledger: { deadLettered: 2 } },
    });
  });

  test("one that is resolved is 409, one that was discarded is 204 again", async () => {
    syncId = await twoLetters();
    const resolved = await ask("DELETE", `/v1/dead-letters/${await addLetter({ state: "resolved" })}`);
    expect([resolved.statusCode, resolved.json().code]).toEqual([409, "letter_settled"]);
    const id = await addLetter({ ordinal: 0 });
    for (const state of ["open", "discarded"]) {
      await api.pool.query("update dead_letters set state = $2 where id = $1", [id, state]);
      expect((await ask("DELETE", `/v1/dead-letters/${id}`)).statusCode).toBe(204);
    }
  });

  test("one that the log does not know yet is 503", async () => {
    const answer = await ask("DELETE", `/v1/dead-letters/${await addLetter()}`);
    expect([answer.statusCode, answer.json().code]).toEqual([503, "log_restoring"]);
  });

  test("shows in the views, with the projector at work", async () => {
    const id = await twoLetters();
    const projector = startProjector({ nats: api.nats, pool: api.pool, log: api.app.log as never });
    try {
      const letters = async (state: string) =>
        (await get(`/v1/dead-letters?syncId=${id}&state=${state}`)).json().items as { id: string }[];
      await expect.poll(() => letters("open"), { timeout: 10_000 }).toHaveLength(2);
      const [newest, oldest] = await letters("open");
      await ask("DELETE", `/v1/dead-letters/${newest?.id}`);
      await expect.poll(() => letters("discarded"), { timeout: 10_000 }).toMatchObject([{ id: newest?.id }]);
      await ask("POST", `/v1/dead-letters/${oldest?.id}/redrive`);
      await expect.poll(() => letters("redriving"), { timeout: 10_000 }).toMatchObject([{ id: oldest?.id }]);
    } finally {
      await projector.stop();
    }
  });
});

test("a broker that is away is 503, and nothing is half done", async () => {
  const id = await addLetter();
  await api.natsServer.kill();
  const redriven = await ask("POST", `/v1/dead-letters/${id}/redrive`);
  const discarded = await ask("DELETE", `/v1/dead-letters/${id}`);
  await api.natsServer.restart();
  expect([redriven, discarded].map((answer) => answer.json().code)).toEqual(
    Array(2).fill("broker_unavailable"),
  );
  await expect
    .poll(async () => (await ask("POST", `/v1/dead-letters/${id}/redrive`)).statusCode, {
      timeout: 20_000,
      interval: 500,
    })
    .toBe(202);
});

test("a letter bears its message's subject: of its kept bytes, or of an earlier copy; else none is known", async () => {
  const kept = await addLetter({ provider_id: "kept" });
  await insertRow(api.pool, "dead_letter_contents", {
    tenant_id: ref.tenantId,
    account_id: ref.accountId,
    provider_id: "kept",
    raw: Buffer.from("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nbody"),
  });
  const copied = await addLetter({ provider_id: "copied" });
  await addMessage(api.pool, ref, { provider_id: "copied", subject: "Of the copy" });
  const both = await addLetter({ provider_id: "both" });
  await addMessage(api.pool, ref, { provider_id: "both", subject: "Of the copy, too" });
  await insertRow(api.pool, "dead_letter_contents", {
    tenant_id: ref.tenantId,
    account_id: ref.accountId,
    provider_id: "both",
    raw: Buffer.from("Subject: of the bytes\r\n\r\nbody"),
  });
  const unknown = await addLetter({ provider_id: "unknown" });
  const { items } = (await get("/v1/dead-letters")).json();
  const subjects = Object.fromEntries(
    items.map((letter: { id: string; subject: string }) => [letter.id, letter.subject]),
  );
  expect(subjects).toEqual({
    [kept]: "Grüße",
    [copied]: "Of the copy",
    [both]: "Of the copy, too",
    [unknown]: null,
  });
  // Sixteen kilobytes a row are not read for a subject that stands in a column.
  const { rows } = await api.pool.query<{ id: string; rawHead: Buffer | null }>(
    `select ${letterColumns} from dead_letters d where d.tenant_id = $1`,
    [tenant.tenantId],
  );
  expect(rows.filter(({ rawHead }) => rawHead !== null).map(({ id }) => id)).toEqual([kept]);
  expect((await get(`/v1/dead-letters/${kept}`)).json().subject).toBe("Grüße");
});
