import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FaultEffect, FaultRuleInput } from "./faults/fault-rule.ts";
import { type GmailSimulator, startGmailSimulator } from "./start-gmail-simulator.ts";
import { connectGoogleClient, failureOf } from "./testing/connect-google-client.ts";

const EMAIL = "demo@example.com";
const userId = "me";
let simulator: GmailSimulator;
let client: ReturnType<typeof connectGoogleClient>;
let token: string;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", mailboxes: [{ email: EMAIL, generate: 20 }] });
  client = connectGoogleClient(simulator, EMAIL);
  token = (await client.auth.getAccessToken()).token ?? "";
});
afterEach(() => simulator.control.clearFaults());
afterAll(() => simulator.close());

const profile = () => client.api.users.getProfile({ userId });
const askProfile = (signal?: AbortSignal) =>
  fetch(`${simulator.url}/gmail/v1/users/me/profile`, {
    headers: { authorization: `Bearer ${token}` },
    ...(signal === undefined ? {} : { signal }),
  });
const inject = (effect: FaultEffect, rule: Partial<FaultRuleInput> = {}) =>
  simulator.control.addFault({ match: { endpoint: "profile" }, when: { times: 1 }, ...rule, effect });

describe("a single call", () => {
  test.each([
    [{ status: 429 }, { code: 429, status: "RESOURCE_EXHAUSTED", errors: [{ reason: "rateLimitExceeded" }] }],
    [{ status: 403 }, { code: 403, errors: [{ domain: "usageLimits", reason: "userRateLimitExceeded" }] }],
    [
      { status: 400 },
      { code: 400, message: "Precondition check failed.", errors: [{ reason: "failedPrecondition" }] },
    ],
    [{ status: 503 }, { code: 503, status: "UNAVAILABLE" }],
    [
      { status: 403, reason: "domainPolicy", domain: "global", message: "no" },
      { message: "no", errors: [{ reason: "domainPolicy" }] },
    ],
  ])("answers %o in Gmail's shape, once", async (effect, error) => {
    await inject({ kind: "status", ...effect });
    expect(await failureOf(profile())).toMatchObject({ status: effect.status, body: { error } });
    expect((await profile()).status).toBe(200);
  });

  test("names a time in the message, and a Retry-After header when asked", async () => {
    await inject({ kind: "status", status: 429, retryAfterMs: 5_000, retryAfterHeaderSeconds: 7 });
    const response = await askProfile();
    expect(response.headers.get("retry-after")).toBe("7");
    const { error } = (await response.json()) as { error: { message: string } };
    const waitMs = Date.parse(/Retry after (\S+)/.exec(error.message)?.[1] ?? "") - Date.now();
    expect(waitMs).toBeGreaterThan(2_000);
    expect(waitMs).toBeLessThanOrEqual(5_000);
  });

  test("is reset: the client sees the connection go", async () => {
    await inject({ kind: "reset" });
    await expect(askProfile()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  });

  test("is cut off: fewer bytes than promised, or a whole answer that is half a JSON", async () => {
    await inject({ kind: "truncate", endsCleanly: false });
    const cut = await askProfile();
    expect(cut.status).toBe(200);
    await expect(cut.text()).rejects.toThrow("terminated");
    await inject({ kind: "truncate", endsCleanly: true });
    const half = await (await askProfile()).text();
    expect(half).toMatch(/^\{"emailAddress"/);
    expect(() => JSON.parse(half)).toThrow();
  });

  test("hangs until the client gives up", async () => {
    await inject({ kind: "hang", ms: 60_000 });
    await expect(askProfile(AbortSignal.timeout(200))).rejects.toThrow("timeout");
  });

  test("is late", async () => {
    await inject({ kind: "latency", ms: 150 });
    const started = performance.now();
    expect((await askProfile()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(140);
  });

  test("answers 200 with nonsense, or with nothing", async () => {
    await inject({ kind: "malformedJson" });
    await expect((await askProfile()).json()).rejects.toThrow(SyntaxError);
    await inject({ kind: "empty200" });
    expect(await (await askProfile()).text()).toBe("");
  });

  test("loses its access token, which the client mends by refreshing", async () => {
    const { api, auth } = connectGoogleClient(simulator, EMAIL, true);
    const before = (await auth.getAccessToken()).token;
    await inject({ kind: "expiredToken" });
    expect((await api.users.getProfile({ userId })).status).toBe(200);
    expect((await auth.getAccessToken()).token).not.toBe(before);
  });

  test("finds its history expired", async () => {
    const start = (await profile()).data.historyId ?? "";
    await inject({ kind: "expiredHistory" }, { match: { endpoint: "history.list" } });
    const list = () => client.api.users.history.list({ userId, startHistoryId: start });
    expect((await failureOf(list())).status).toBe(404);
    expect((await list()).status).toBe(200);
  });
});

test("the token endpoint fails in OAuth's words", async () => {
  const fresh = () => connectGoogleClient(simulator, EMAIL).api.users.getProfile({ userId });
  await inject({ kind: "status", status: 400 }, { match: { endpoint: "token" } });
  expect((await failureOf(fresh())).body).toMatchObject({ error: "invalid_grant" });
  await inject({ kind: "status", status: 401, reason: "invalid_client" }, { match: { endpoint: "token" } });
  expect((await failureOf(fresh())).body).toMatchObject({ error: "invalid_client" });
  expect((await fresh()).status).toBe(200);
});

describe("a batch", () => {
  const postBatch = async (): Promise<Response> => {
    const { data } = await client.api.users.messages.list({ userId, maxResults: 10 });
    const parts = data.messages?.map(
      ({ id }) =>
        `--b\r\nContent-Type: application/http\r\nContent-ID: <${id}>\r\n\r\nGET /gmail/v1/users/me/messages/${id}\r\n\r\n`,
    );
    return await fetch(`${simulator.url}/batch/gmail/v1`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "multipart/mixed; boundary=b" },
      body: `${parts?.join("")}--b--`,
    });
  };
  const inParts = { match: { endpoint: "messages.get", inBatch: true } } as const;
  const statuses = (text: string) =>
    (text.match(/^HTTP\/1.1 \d+/gm) ?? []).map((line) => line.slice(9)).sort();

  test("has single parts that fail inside a 200", async () => {
    await inject({ kind: "status", status: 503 }, { ...inParts, when: { times: 2, afterCalls: 3 } });
    const response = await postBatch();
    expect(response.status).toBe(200);
    expect(statuses(await response.text())).toEqual([...Array(8).fill("200"), "503", "503"]);
  });

  test("loses a part, without a word", async () => {
    await inject({ kind: "dropPart" }, inParts);
    expect(statuses(await (await postBatch()).text())).toHaveLength(9);
  });

  test("ends in the middle: by reset, by cut, or as if it were whole", async () => {
    await inject({ kind: "reset" }, { ...inParts, when: { times: 1, afterCalls: 5 } });
    await expect((async () => await (await postBatch()).text())()).rejects.toThrow();
    await inject({ kind: "truncate", endsCleanly: false }, { match: { endpoint: "batch" } });
    await expect((async () => await (await postBatch()).text())()).rejects.toThrow();
    await inject({ kind: "truncate", endsCleanly: true }, { match: { endpoint: "batch" } });
    const text = await (await postBatch()).text();
    expect(statuses(text).length).toBeLessThan(10);
    expect(text).not.toMatch(/--\r\n$/);
  });

  test("fails as a whole", async () => {
    await inject({ kind: "status", status: 500 }, { match: { endpoint: "batch" } });
    expect((await postBatch()).status).toBe(500);
    await inject({ kind: "reset" }, { match: { endpoint: "batch" } });
    await expect(postBatch()).rejects.toThrow();
  });

  test("has one message that always fails, alone or in a batch", async () => {
    const { data } = await client.api.users.messages.list({ userId, maxResults: 1 });
    const id = data.messages?.[0]?.id ?? "";
    await simulator.control.addFault({ match: { messageId: id }, effect: { kind: "status", status: 500 } });
    expect((await failureOf(client.api.users.messages.get({ userId, id }))).status).toBe(500);
    expect(statuses(await (await postBatch()).text())).toEqual([...Array(9).fill("200"), "500"]);
    expect(await simulator.control.listFaults()).toMatchObject([{ fired: 2 }]);
  });
});
