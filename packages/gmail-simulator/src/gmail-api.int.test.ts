import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GmailSimulator, startGmailSimulator } from "./start-gmail-simulator.ts";
import { connectGoogleClient, failureOf } from "./testing/connect-google-client.ts";

const EMAIL = "demo@example.com";
const userId = "me";
let simulator: GmailSimulator;
let client: ReturnType<typeof connectGoogleClient>;

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    historyIdStart: 2n ** 60n,
    mailboxes: [
      { email: EMAIL, generate: 1_200 },
      { email: "other@example.com", generate: 3 },
      { email: "million@example.com", generate: 1_000_000 },
    ],
  });
  client = connectGoogleClient(simulator, EMAIL);
});
afterAll(() => simulator.close());

const users = () => client.api.users;

async function listIds(api = client.api, query: object = {}): Promise<string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  do {
    const { data } = await api.users.messages.list({
      userId,
      maxResults: 500,
      ...query,
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    ids.push(...(data.messages ?? []).map((one) => one.id ?? ""));
    pageToken = data.nextPageToken ?? undefined;
  } while (pageToken !== undefined);
  return ids;
}

async function truthOf(email: string) {
  const truth = [];
  for await (const one of simulator.control.truth(email)) truth.push(one);
  return truth;
}

describe("profile", () => {
  test("says address, size and a historyId that no number could hold", async () => {
    const { data } = await users().getProfile({ userId });
    expect(data).toMatchObject({ emailAddress: EMAIL, messagesTotal: 1_200 });
    expect(BigInt(data.historyId ?? "")).toBeGreaterThan(2n ** 60n);
    expect(data.threadsTotal).toBeLessThan(1_200);
  });
  test("answers for the address as for me, and denies another's", async () => {
    expect((await users().getProfile({ userId: EMAIL })).data.emailAddress).toBe(EMAIL);
    expect(await failureOf(users().getProfile({ userId: "other@example.com" }))).toMatchObject({
      status: 403,
      body: { error: { errors: [{ reason: "forbidden", message: `Delegation denied for ${EMAIL}` }] } },
    });
  });
});

describe("messages.list", () => {
  test("pages through every message once, newest first", async () => {
    const ids = await listIds();
    const truth = await truthOf(EMAIL);
    expect(ids).toEqual(truth.map((one) => one.id).reverse());
  });
  test("takes 100 by default and 500 at most", async () => {
    expect((await users().messages.list({ userId })).data.messages).toHaveLength(100);
    expect((await users().messages.list({ userId, maxResults: 9_999 })).data.messages).toHaveLength(500);
  });
  test("refuses a page token of another query, and a label that is none", async () => {
    const { data } = await users().messages.list({ userId });
    const pageToken = data.nextPageToken ?? "";
    expect(await failureOf(users().messages.list({ userId, pageToken, q: "x" }))).toMatchObject({
      status: 400,
    });
    expect(await failureOf(users().messages.list({ userId, labelIds: ["NOPE"] }))).toMatchObject({
      status: 400,
    });
  });
  test("understands a search together with labels", async () => {
    const ids = await listIds(client.api, { q: "is:unread -label:Clients", labelIds: ["INBOX"] });
    const expected = (await truthOf(EMAIL)).filter(
      (one) =>
        ["INBOX", "UNREAD"].every((id) => one.labelIds.includes(id)) && !one.labelIds.includes("Label_1"),
    );
    expect(ids).toEqual(expected.map((one) => one.id).reverse());
  });
  test("a page from the middle of a million messages comes at once", async () => {
    const { api } = connectGoogleClient(simulator, "million@example.com");
    const first = await api.users.messages.list({ userId, maxResults: 500 });
    expect(first.data.resultSizeEstimate).toBe(1_000_000);
    const started = performance.now();
    const { data } = await api.users.messages.list({
      userId,
      maxResults: 500,
      pageToken: first.data.nextPageToken ?? "",
    });
    expect(data.messages).toHaveLength(500);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("messages.get", () => {
  test("raw gives the bytes of the truth, for every message of a mailbox", async () => {
    const truth = (await truthOf(EMAIL)).slice(0, 300);
    for (const { id, sha256, sizeBytes } of truth) {
      const { data } = await users().messages.get({ userId, id, format: "raw" });
      expect(
        createHash("sha256")
          .update(Buffer.from(data.raw ?? "", "base64url"))
          .digest("hex"),
      ).toBe(sha256);
      expect(data.sizeEstimate).toBe(sizeBytes);
    }
  });
  test("all formats agree on the envelope, and each has its own content", async () => {
    const [id = ""] = await listIds();
    const get = async (format: string) => (await users().messages.get({ userId, id, format })).data;
    const [full, raw, metadata, minimal] = await Promise.all(["full", "raw", "metadata", "minimal"].map(get));
    for (const one of [full, raw, metadata]) expect(one).toMatchObject({ ...minimal });
    expect(full?.payload?.headers?.length).toBeGreaterThan(8);
    expect(metadata?.payload?.parts).toBeUndefined();
    expect([minimal?.payload, raw?.payload, full?.raw]).toEqual([undefined, undefined, undefined]);
  });
  test("metadata has the headers asked for", async () => {
    const [id = ""] = await listIds();
    const query = { userId, id, format: "metadata", metadataHeaders: ["Subject", "from"] };
    const { data } = await users().messages.get(query);
    expect(data.payload?.headers?.map((one) => one.name)).toEqual(["From", "Subject"]);
  });
  test("an attachment's content is that of its part, though its id changes with each answer", async () => {
    const [id = ""] = await listIds(client.api, { q: "has:attachment" });
    const [one, two] = await Promise.all(
      [1, 2].map(async () => (await users().messages.get({ userId, id })).data),
    );
    const find = (data: typeof one) => data?.payload?.parts?.find((part) => part.body?.attachmentId)?.body;
    expect(find(one)?.attachmentId).not.toBe(find(two)?.attachmentId);
    const contents = await Promise.all(
      [find(one), find(two)].map(async (body) => {
        const query = { userId, messageId: id, id: body?.attachmentId ?? "" };
        return (await users().messages.attachments.get(query)).data;
      }),
    );
    expect(contents[0]).toEqual(contents[1]);
    expect(Buffer.from(contents[0]?.data ?? "", "base64url")).toHaveLength(find(one)?.size ?? -1);
  });
  test("an unknown id is 404, nonsense is 400, and a made-up attachment is 400", async () => {
    const [id = ""] = await listIds();
    expect(await failureOf(users().messages.get({ userId, id: "1234567890abcdef" }))).toEqual({
      status: 404,
      body: {
        error: {
          code: 404,
          message: "Requested entity was not found.",
          errors: [{ message: "Requested entity was not found.", domain: "global", reason: "notFound" }],
          status: "NOT_FOUND",
        },
      },
    });
    expect((await failureOf(users().messages.get({ userId, id: "not an id" }))).status).toBe(400);
    expect((await failureOf(users().messages.get({ userId, id, format: "odd" }))).status).toBe(400);
    const attachment = users().messages.attachments.get({ userId, messageId: id, id: "ANGjdJx" });
    expect((await failureOf(attachment)).status).toBe(400);
  });
});

describe("labels", () => {
  test("lists system and user labels, and counts one on demand", async () => {
    const { data } = await users().labels.list({ userId });
    expect(data.labels?.find((one) => one.id === "INBOX")).toMatchObject({ type: "system" });
    expect(data.labels?.find((one) => one.id === "Label_3")).toMatchObject({ name: "Reçus", type: "user" });
    const inbox = (await users().labels.get({ userId, id: "INBOX" })).data;
    const truth = (await truthOf(EMAIL)).filter((one) => one.labelIds.includes("INBOX"));
    expect(inbox.messagesTotal).toBe(truth.length);
    expect(inbox.messagesUnread).toBe(truth.filter((one) => one.labelIds.includes("UNREAD")).length);
    expect((await failureOf(users().labels.get({ userId, id: "Label_999" }))).status).toBe(404);
  });
});

describe("history", () => {
  test("tells every change since a start, in order, with its labels", async () => {
    const { control } = simulator;
    const { email, historyId } = await control.createMailbox({ email: "history@example.com", generate: 20 });
    const { api } = connectGoogleClient(simulator, email);
    const [a = "", b = "", c = ""] = (await listIds(api)).slice(0, 3);
    const [added = ""] = await control.generateMessages(email, 1);
    const label = await control.createLabel(email, "Later");
    await control.relabelMessage(email, a, { add: [label.id], remove: [] });
    await control.relabelMessage(email, a, { remove: [label.id] });
    await control.deleteMessages(email, [b]);
    await control.relabelMessage(email, c, { add: ["TRASH"], remove: ["TRASH", "SPAM"] });
    const { data } = await api.users.history.list({ userId, startHistoryId: historyId });
    const kinds = data.history?.map((one) =>
      Object.keys(one).filter((key) => key !== "id" && key !== "messages"),
    );
    expect(kinds?.flat()).toEqual([
      "messagesAdded",
      "labelsAdded",
      "labelsRemoved",
      "messagesDeleted",
      "labelsAdded",
    ]);
    expect(data.history?.[0]?.messagesAdded?.[0]?.message).toMatchObject({
      id: added,
      labelIds: ["INBOX", "UNREAD"],
    });
    expect(data.history?.[1]?.labelsAdded?.[0]).toMatchObject({ message: { id: a }, labelIds: [label.id] });
    const recordIds = data.history?.map((one) => BigInt(one.id ?? "")) ?? [];
    for (let n = 1; n < recordIds.length; n++) expect(recordIds[n]).toBeGreaterThan(recordIds[n - 1] ?? 0n);
    expect(String(recordIds.at(-1))).toBe(data.historyId);
    expect((await api.users.messages.get({ userId, id: added, format: "minimal" })).data.historyId).toBe(
      data.history?.[0]?.id,
    );
  });
  test("pages, filters by type and label, and keeps to one start", async () => {
    const { control } = simulator;
    const { email, historyId } = await control.createMailbox({ email: "pages@example.com", generate: 1 });
    const { api } = connectGoogleClient(simulator, email);
    const ids = await control.generateMessages(email, 25, ["INBOX"]);
    await control.deleteMessages(email, ids.slice(0, 5));
    const seen: string[] = [];
    let pageToken: string | undefined;
    do {
      const query = {
        userId,
        startHistoryId: historyId,
        historyTypes: ["messageAdded"],
        labelId: "INBOX",
        maxResults: 10,
      };
      const { data } = await api.users.history.list({
        ...query,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      seen.push(...(data.history ?? []).map((one) => one.messagesAdded?.[0]?.message?.id ?? ""));
      pageToken = data.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    expect(seen).toEqual(ids);
    const first = await api.users.history.list({ userId, startHistoryId: historyId, maxResults: 10 });
    const moved = {
      userId,
      startHistoryId: first.data.historyId ?? "",
      pageToken: first.data.nextPageToken ?? "",
    };
    expect((await failureOf(api.users.history.list(moved))).status).toBe(400);
  });
  test("a start that is too old, or from the future, is 404; a missing one is 400", async () => {
    const { email, historyId } = await simulator.control.createMailbox({
      email: "old@example.com",
      generate: 2,
    });
    const { api } = connectGoogleClient(simulator, email);
    expect(
      (await api.users.history.list({ userId, startHistoryId: historyId })).data.history,
    ).toBeUndefined();
    const [newest = ""] = await listIds(api);
    const message = await api.users.messages.get({ userId, id: newest, format: "minimal" });
    const fromNewest = { userId, startHistoryId: message.data.historyId ?? "" };
    expect((await api.users.history.list(fromNewest)).data.history).toBeUndefined();
    await simulator.control.expireHistory(email);
    expect((await failureOf(api.users.history.list({ userId, startHistoryId: historyId }))).status).toBe(404);
    expect((await failureOf(api.users.history.list({ userId, startHistoryId: "9".repeat(19) }))).status).toBe(
      404,
    );
    expect((await failureOf(api.users.history.list({ userId }))).status).toBe(400);
  });
});

test("watch says where history stands and when it ends, and stop ends it", async () => {
  const watch = { userId, requestBody: { topicName: "projects/p/topics/t" } };
  const { data } = await users().watch(watch);
  expect(data.historyId).toBe((await users().getProfile({ userId })).data.historyId);
  expect(Number(data.expiration)).toBeGreaterThan(Date.now() + 6 * 86_400_000);
  expect((await simulator.control.getMailbox(EMAIL)).watch?.topicName).toBe("projects/p/topics/t");
  expect((await users().stop({ userId })).status).toBe(204);
  expect((await simulator.control.getMailbox(EMAIL)).watch).toBeNull();
  expect((await failureOf(users().watch({ userId, requestBody: { topicName: "t" } }))).status).toBe(400);
});

describe("tokens", () => {
  test("an expired access token is 401 authError, and the real client refreshes by itself", async () => {
    const { api, auth } = connectGoogleClient(simulator, "other@example.com", true);
    const { token } = await auth.getAccessToken();
    expect(await simulator.control.expireTokens("other@example.com")).toBeGreaterThan(0);
    const response = await fetch(`${simulator.url}/gmail/v1/users/me/profile`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { error: { status: "UNAUTHENTICATED", errors: [{ reason: "authError", location: "Authorization" }] } },
    ]);
    expect((await api.users.getProfile({ userId })).data.emailAddress).toBe("other@example.com");
  });
  test("a token ends when its time is over", async () => {
    let nowMs = 1_000;
    const short = await startGmailSimulator({
      mailboxes: [{ email: EMAIL, generate: 1 }],
      accessTokenSeconds: 10,
      now: () => nowMs,
    });
    const { auth } = connectGoogleClient(short, EMAIL);
    const { token } = await auth.getAccessToken();
    const ask = async () =>
      (
        await fetch(`${short.url}/gmail/v1/users/me/profile`, {
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;
    expect(await ask()).toBe(200);
    nowMs += 10_000;
    expect(await ask()).toBe(401);
    await short.close();
  });
  test("an unknown or revoked refresh token is invalid_grant until consent comes back", async () => {
    const invalid = {
      status: 400,
      body: { error: "invalid_grant", error_description: "Token has been expired or revoked." },
    };
    const nobody = connectGoogleClient(simulator, "nobody@example.com");
    expect(await failureOf(nobody.api.users.getProfile({ userId }))).toEqual(invalid);
    const { email } = await simulator.control.createMailbox({ email: "revoked@example.com" });
    const { auth, api } = connectGoogleClient(simulator, email);
    await api.users.getProfile({ userId });
    await auth.revokeToken(`sim-refresh-${email}`);
    expect(await failureOf(connectGoogleClient(simulator, email).api.users.getProfile({ userId }))).toEqual(
      invalid,
    );
    await simulator.control.setGranted(email, true);
    expect((await connectGoogleClient(simulator, email).api.users.getProfile({ userId })).status).toBe(200);
  });
});
