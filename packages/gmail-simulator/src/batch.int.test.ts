import { afterAll, beforeAll, expect, test } from "vitest";
import { type GmailSimulator, startGmailSimulator } from "./start-gmail-simulator.ts";
import { connectGoogleClient } from "./testing/connect-google-client.ts";

const EMAIL = "demo@example.com";
let simulator: GmailSimulator;
let token: string;
let ids: string[];

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", mailboxes: [{ email: EMAIL, generate: 200 }] });
  const { api, auth } = connectGoogleClient(simulator, EMAIL);
  token = (await auth.getAccessToken()).token ?? "";
  const { data } = await api.users.messages.list({ userId: "me", maxResults: 200 });
  ids = (data.messages ?? []).map((one) => one.id ?? "");
});
afterAll(() => simulator.close());

interface AnsweredPart {
  readonly contentId: string;
  readonly status: number;
  readonly body: { readonly id?: string; readonly error?: { readonly code: number } };
}

function writeBatch(paths: readonly string[], lineBreak = "\r\n"): string {
  const parts = paths.map((path, n) =>
    ["--outer", "Content-Type: application/http", `Content-ID: <item:${n}>`, "", `GET ${path}`, "", ""].join(
      lineBreak,
    ),
  );
  return `${parts.join("")}--outer--${lineBreak}`;
}

async function post(body: string, headers: Readonly<Record<string, string>> = {}, url = simulator.url) {
  return await fetch(`${url}/batch/gmail/v1`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": 'multipart/mixed; boundary="outer"',
      ...headers,
    },
    body,
  });
}

async function readParts(response: Response): Promise<AnsweredPart[]> {
  const boundary = /boundary=(.*)$/.exec(response.headers.get("content-type") ?? "")?.[1];
  const pieces = (await response.text()).split(`--${boundary}`);
  expect(pieces.pop()).toBe("--\r\n");
  return pieces.slice(1).map((piece) => {
    const [outer = "", inner = "", ...body] = piece.split("\r\n\r\n");
    return {
      contentId: /Content-ID: (.*)/.exec(outer)?.[1] ?? "",
      status: Number(/^HTTP\/1.1 (\d+)/.exec(inner)?.[1]),
      body: JSON.parse(body.join("")),
    };
  });
}

const path = (id: string, format = "minimal"): string => `/gmail/v1/users/me/messages/${id}?format=${format}`;

test("each of a hundred parts is answered once, under its own Content-ID, in another order", async () => {
  const asked = ids.slice(0, 100);
  const parts = await readParts(await post(writeBatch(asked.map((id) => path(id, "full")))));
  const byId = new Map(parts.map((part) => [part.contentId, part]));
  expect(byId.size).toBe(100);
  asked.forEach((id, n) => {
    expect(byId.get(`<response-item:${n}>`)).toMatchObject({ status: 200, body: { id } });
  });
  expect(parts.map((part) => part.contentId)).not.toEqual(asked.map((_, n) => `<response-item:${n}>`));
});

test("line feeds alone will do, and an absolute URL with a version", async () => {
  const body = writeBatch([`https://gmail.googleapis.com${path(ids[0] ?? "")} HTTP/1.1`], "\n");
  expect(await readParts(await post(body))).toMatchObject([{ status: 200, body: { id: ids[0] } }]);
});

test("a part fails on its own", async () => {
  const parts = await readParts(
    await post(writeBatch([path("1234567890abcdef"), path(ids[0] ?? ""), "/gmail/v1/nope"])),
  );
  expect(parts.map((part) => part.status).sort()).toEqual([200, 404, 404]);
});

test("more than a hundred parts, none, or no multipart are 400 as a whole", async () => {
  expect((await post(writeBatch(ids.slice(0, 101).map((id) => path(id))))).status).toBe(400);
  expect((await post("--outer--")).status).toBe(400);
  expect((await post("{}", { "content-type": "application/json" })).status).toBe(400);
  expect((await post("x", { "content-type": "multipart/mixed" })).status).toBe(400);
});

test("a wrong token makes 401 parts inside a 200", async () => {
  const response = await post(writeBatch([path(ids[0] ?? "")]), { authorization: "Bearer wrong" });
  expect(response.status).toBe(200);
  expect(await readParts(response)).toMatchObject([{ status: 401, body: { error: { code: 401 } } }]);
});

test("every part is charged: what exceeds the quota is refused part by part", async () => {
  const poor = await startGmailSimulator({
    unitsPerMinuteUser: 100,
    mailboxes: [{ email: EMAIL, generate: 200 }],
  });
  const mailbox = connectGoogleClient(poor, EMAIL);
  const authorization = `Bearer ${(await mailbox.auth.getAccessToken()).token}`;
  const parts = await readParts(
    await post(writeBatch(ids.slice(0, 10).map((id) => path(id))), { authorization }, poor.url),
  );
  const statuses = parts.map((part) => part.status).sort();
  expect(statuses).toEqual([200, 200, 200, 200, 200, 403, 403, 403, 403, 403]);
  expect(await poor.control.calls()).toMatchObject({ units: 100 });
  await poor.close();
});

test("parts count as calls at the same time", async () => {
  const narrow = await startGmailSimulator({
    quotas: "off",
    concurrentCallsUser: 4,
    mailboxes: [{ email: EMAIL, generate: 200 }],
  });
  const authorization = `Bearer ${(await connectGoogleClient(narrow, EMAIL).auth.getAccessToken()).token}`;
  const parts = await readParts(
    await post(writeBatch(ids.slice(0, 10).map((id) => path(id))), { authorization }, narrow.url),
  );
  const refused = parts.filter((part) => part.status === 429);
  expect(refused).toHaveLength(6);
  expect(refused[0]?.body).toMatchObject({
    error: { status: "RESOURCE_EXHAUSTED", message: "Too many concurrent requests for user" },
  });
  await narrow.close();
});
