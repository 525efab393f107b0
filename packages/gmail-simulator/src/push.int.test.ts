import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type GmailSimulator, startGmailSimulator } from "./start-gmail-simulator.ts";
import { connectGoogleClient } from "./testing/connect-google-client.ts";

const email = "watched@example.com";
const userId = "me";
const topicName = "projects/p/topics/t";

interface Heard {
  readonly token: string;
  readonly body: { message: Record<string, string>; subscription: string };
  readonly data: { emailAddress: string; historyId: number };
}

let simulator: GmailSimulator;
let server: Server;
let endpoint: string;
let heard: Heard[] = [];
let answers: number[] = [];

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off" });
  server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text);
    heard.push({
      token: (request.headers.authorization ?? "").replace("Bearer ", ""),
      body,
      data: JSON.parse(Buffer.from(body.message.data, "base64url").toString()),
    });
    response.writeHead(answers.shift() ?? 204).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
});
afterAll(async () => {
  await simulator.close();
  server.closeAllConnections();
  server.close();
});

const api = () => connectGoogleClient(simulator, email).api;
beforeEach(async () => {
  const { control } = simulator;
  await control.stopPush();
  if ((await control.listMailboxes()).length > 0) await control.removeMailbox(email);
  await control.createMailbox({ email });
  await control.configurePush({ endpoint, intervalMs: 300, retryMs: 20 });
  [heard, answers] = [[], []];
});

const watch = () => api().users.watch({ userId, requestBody: { topicName } });
const quiet = (ms = 500) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a watched mailbox", () => {
  test("tells of a change, with Pub/Sub's body and Gmail's data", async () => {
    await watch();
    await simulator.control.generateMessages(email, 3);
    await expect.poll(() => heard.length).toBe(1);
    const { historyId } = await simulator.control.getMailbox(email);
    expect(heard[0]?.data).toEqual({ emailAddress: email, historyId: Number(historyId) });
    expect(heard[0]?.body).toMatchObject({
      message: { messageId: expect.stringMatching(/^\d+$/), publishTime: expect.any(String) },
      subscription: "projects/simulator/subscriptions/millrace",
    });
  });

  test("tells at most once in the interval, and last of the newest change", async () => {
    await watch();
    for (let n = 0; n < 10; n++) await simulator.control.generateMessages(email, 1);
    const { historyId } = await simulator.control.getMailbox(email);
    await expect.poll(() => heard.at(-1)?.data.historyId).toBe(Number(historyId));
    expect(heard.length).toBeLessThanOrEqual(3);
    await quiet();
    expect(heard.length).toBeLessThanOrEqual(3);
  });

  test("tells of deletions and labels too, and of each change when the interval is off", async () => {
    await watch();
    await simulator.control.configurePush({ endpoint, intervalMs: 0 });
    const [a = "", b = ""] = await simulator.control.generateMessages(email, 2);
    await simulator.control.relabelMessage(email, a, { add: ["STARRED"] });
    await simulator.control.deleteMessages(email, [b]);
    await expect.poll(() => heard.length).toBe(4);
  });

  test("is quiet when it is not watched any more, or not yet", async () => {
    await simulator.control.generateMessages(email, 1);
    await watch();
    await api().users.stop({ userId });
    await simulator.control.generateMessages(email, 1);
    await quiet();
    expect(heard).toEqual([]);
  });

  test("sends the same notification again until it is taken", async () => {
    await watch();
    answers = [500, 403, 503];
    await simulator.control.generateMessages(email, 1);
    await expect.poll(() => heard.length).toBe(4);
    expect(new Set(heard.map(({ body }) => body.message.messageId)).size).toBe(1);
    await expect
      .poll(async () => (await simulator.control.pushDeliveries()).at(-1))
      .toMatchObject({ email, attempts: 4, status: 204, deliveredAt: expect.any(String) });
    await quiet(100);
    expect(heard).toHaveLength(4);
  });
});

describe("a push request", () => {
  test("bears a token that the listed key verifies, with Google's claims", async () => {
    await simulator.control.configurePush({
      endpoint,
      audience: "https://me",
      serviceAccount: "a@b.iam.example",
    });
    await simulator.control.sendPush({ email });
    await expect.poll(() => heard.length).toBe(1);
    const [head = "", claims = "", signature = ""] = (heard[0]?.token ?? "").split(".");
    const { alg, kid } = decode(head);
    expect(alg).toBe("RS256");
    const jwks = (await (await fetch(simulator.control.jwksUrl)).json()) as {
      keys: (JsonWebKey & { kid: string })[];
    };
    const jwk = jwks.keys.find((key) => key.kid === kid) as JsonWebKey;
    const key = createPublicKey({ key: jwk, format: "jwk" });
    expect(jwk).not.toHaveProperty("d");
    expect(verify("sha256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"))).toBe(
      true,
    );
    const { iat, exp, ...rest } = decode(claims);
    expect(Number(exp) - Number(iat)).toBe(3_600);
    expect(rest).toMatchObject({
      aud: "https://me",
      iss: "https://accounts.google.com",
      email: "a@b.iam.example",
      email_verified: true,
    });
  });

  test("is signed with another key after a rotation, and the one before is listed still", async () => {
    await simulator.control.sendPush({ email });
    const kid = await simulator.control.rotatePushKey();
    await simulator.control.sendPush({ email });
    await expect.poll(() => heard.length).toBe(2);
    const used = heard.map(({ token }) => decode(token.split(".")[0] ?? "").kid);
    expect(used[1]).toBe(kid);
    const { keys } = (await (await fetch(simulator.control.jwksUrl)).json()) as { keys: { kid: string }[] };
    expect(keys.map((key) => key.kid)).toEqual([kid, used[0]]);
  });

  test("can be sent by hand: again, late, of nobody's mailbox, and a thousand at once", async () => {
    await simulator.control.sendPush({ email: "nobody@example.com", historyId: "7", messageId: "99" });
    await simulator.control.sendPush({ email, count: 1_000 });
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1_001);
    expect(heard[0]).toMatchObject({
      data: { emailAddress: "nobody@example.com", historyId: 7 },
      body: { message: { messageId: "99" } },
    });
    await simulator.control.stopPush();
    await expect(simulator.control.sendPush({ email })).rejects.toMatchObject({ status: 409 });
  });
});

const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;

test("mailboxes that a start names can be watched from the start", async () => {
  const other = await startGmailSimulator({
    mailboxes: [{ email, generate: 5 }],
    watchedTopic: topicName,
    push: { endpoint },
  });
  await other.control.generateMessages(email, 1);
  await expect.poll(() => heard.length).toBe(1);
  expect((await other.control.getMailbox(email)).watch?.topicName).toBe(topicName);
  await other.close();
});
