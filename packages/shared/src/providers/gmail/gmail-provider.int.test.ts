import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContentMode } from "../../mail/mail-message.ts";
import type { FetchedMessage, ProviderSession } from "../mail-provider.ts";
import { memoryTokenVault } from "../testing/memory-token-vault.ts";
import { createGmailProvider } from "./create-gmail-provider.ts";

const email = "ann@example.com";
const refreshToken = `sim-refresh-${email}`;
const clientSecret = "marked-client-secret";
const count = 230;

let simulator: GmailSimulator;
let provider: ReturnType<typeof createGmailProvider>;
let session: ProviderSession;
let ids: string[];

const newProvider = (options: { batchSize?: number; requestTimeoutMs?: number; pubsubTopic?: string } = {}) =>
  createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret,
    requestTimeoutMs: 5_000,
    ...options,
  });

const connect = (to = provider, account = { tenantId: "t", accountId: email, email, refreshToken }) =>
  to.connect(account);

async function fetchAll(wanted: readonly string[], content: ContentMode = "full", from = session) {
  const fetched: FetchedMessage[] = [];
  for await (const one of from.fetchMessages(wanted, content)) fetched.push(one);
  expect(fetched.map((one) => one.id).sort()).toEqual([...wanted].sort());
  return new Map(fetched.map((one) => [one.id, one.result]));
}

const categories = (results: Awaited<ReturnType<typeof fetchAll>>) => {
  const counts: Record<string, number> = {};
  for (const result of results.values()) {
    const key = result.ok ? "ok" : result.fault.category;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

beforeAll(async () => {
  simulator = await startGmailSimulator({
    mailboxes: [{ email, generate: count }],
    quotas: "off",
    inlineTextBytesMax: 2_000,
    historyIdStart: 2n ** 60n,
  });
});
afterAll(() => simulator.close());

beforeEach(async () => {
  provider = newProvider();
  session = connect();
  ids ??= (await listAll(session)).ids;
  await simulator.control.resetCalls();
});
afterEach(async () => {
  provider.close();
  await simulator.control.clearFaults();
});

async function listAll(from: ProviderSession, idsMax = 100) {
  const all: string[] = [];
  let pages = 0;
  let pageToken: string | null = null;
  do {
    const page = await from.listPage({ idsMax, pageToken: pageToken ?? undefined });
    if (!page.ok) throw new Error(page.fault.message);
    all.push(...page.value.ids);
    pageToken = page.value.nextPageToken;
    pages++;
  } while (pageToken !== null);
  return { ids: all, pages };
}

async function truth() {
  const messages = [];
  for await (const message of simulator.control.truth(email)) messages.push(message);
  return messages;
}

describe("profile and listing", () => {
  it("gives the watermark as text, beyond what a number holds", async () => {
    const profile = await session.getProfile();
    expect(profile).toMatchObject({ ok: true, value: { email, messagesTotal: count } });
    expect(profile.ok && BigInt(profile.value.watermark) > 2n ** 60n).toBe(true);
  });

  it("lists every id once, page by page", async () => {
    const { ids: listed, pages } = await listAll(session);
    expect(pages).toBeGreaterThan(1);
    expect(new Set(listed).size).toBe(listed.length);
    const hidden = new Set(["SPAM", "TRASH"]);
    const visible = (await truth()).filter((one) => !one.labelIds.some((label) => hidden.has(label)));
    expect(listed.sort()).toEqual(visible.map((one) => one.id).sort());
  });

  it("lists by label and by query", async () => {
    const inbox = await session.listPage({ idsMax: 500, labelIds: ["INBOX"] });
    const unread = await session.listPage({ idsMax: 500, query: "is:unread" });
    expect(inbox.ok && inbox.value.ids.length < count && inbox.value.ids.length > 0).toBe(true);
    expect(unread.ok && unread.value.ids.length < count).toBe(true);
  });
});

describe("fetching messages", () => {
  it("in mode full: each id once, bodies whole also where Gmail holds long texts back", async () => {
    const results = await fetchAll(ids);
    expect(categories(results)).toEqual({ ok: ids.length });
    for (const result of results.values()) {
      if (!result.ok) continue;
      expect(result.value.defects.filter((defect) => defect.includes("missing"))).toEqual([]);
      expect(result.value.from.length).toBeGreaterThan(0);
      expect(result.value.text ?? result.value.html).not.toBeNull();
    }
    const calls = (await simulator.control.calls()).calls;
    expect(calls.some((call) => JSON.stringify(call).includes("attachments"))).toBe(true);
  });

  it("in mode raw: the exact bytes, shown by their digest, and the same mail as in mode full", async () => {
    const digests = new Map((await truth()).map((one) => [one.id, one.sha256]));
    const raw = await fetchAll(ids, "raw");
    const full = await fetchAll(ids, "full");
    for (const [id, result] of raw) {
      const other = full.get(id);
      if (!result.ok || other?.ok !== true) throw new Error(`${id} was not fetched`);
      expect([id, result.value.rawSha256]).toEqual([id, digests.get(id)]);
      const pick = ({ subject, from, to, text, html, sentAt, messageIdHeader }: typeof other.value) => {
        return { subject, from, to, text, html, sentAt, messageIdHeader };
      };
      expect(pick(result.value)).toEqual(pick(other.value));
      expect(result.value.attachments.map((a) => [a.filename, a.mimeType, a.sizeBytes])).toEqual(
        other.value.attachments.map((a) => [a.filename, a.mimeType, a.sizeBytes]),
      );
    }
  });

  it("in mode metadata: headers, no bodies", async () => {
    const results = await fetchAll(ids.slice(0, 5), "metadata");
    for (const result of results.values()) {
      expect(result.ok && result.value.headers.length > 3 && result.value.text === null).toBe(true);
    }
  });

  it("ids that are not there are gone, the others come", async () => {
    const results = await fetchAll(["00000000deadbeef", ...ids.slice(0, 3)]);
    expect(categories(results)).toEqual({ ok: 3, gone: 1 });
  });
});

describe("faults of single parts inside a 200", () => {
  it.each([
    [503, {}, "transient"],
    [500, {}, "transient"],
    [404, {}, "gone"],
    [400, { reason: "failedPrecondition", message: "Precondition check failed." }, "transient"],
  ] as const)("%i %j is %s for that id alone", async (status, more, category) => {
    await simulator.control.addFault({
      match: { endpoint: "messages.get", messageId: ids[3], inBatch: true },
      effect: { kind: "status", status, ...more },
    });
    const results = await fetchAll(ids.slice(0, 10));
    expect(categories(results)).toEqual({ ok: 9, [category]: 1 });
    expect(results.get(ids[3] as string)).toMatchObject({ fault: { category, status } });
  });

  it("a throttled part names its time, and no further batch is asked for", async () => {
    provider.close();
    provider = newProvider({ batchSize: 10 });
    await simulator.control.addFault({
      match: { endpoint: "messages.get", messageId: ids[3] },
      effect: {
        kind: "status",
        status: 403,
        reason: "userRateLimitExceeded",
        domain: "usageLimits",
        retryAfterMs: 90_000,
      },
    });
    const results = await fetchAll(ids.slice(0, 30), "full", connect());
    expect(categories(results)).toEqual({ ok: 9, rate_limited: 21 });
    const result = results.get(ids[3] as string);
    const retryAtMs = result?.ok === false ? (result.fault.retryAtMs ?? 0) : 0;
    expect(Math.abs(retryAtMs - Date.now() - 90_000)).toBeLessThan(5_000);
  });

  it("a part that is missing from the answer is asked for again, not lost", async () => {
    await simulator.control.addFault({
      match: { endpoint: "messages.get", messageId: ids[2], inBatch: true },
      effect: { kind: "dropPart" },
    });
    expect(categories(await fetchAll(ids.slice(0, 10)))).toEqual({ ok: 9, transient: 1 });
  });

  it("a part with no JSON, or none at all, is transient", async () => {
    for (const kind of ["malformedJson", "empty200"] as const) {
      await simulator.control.clearFaults();
      await simulator.control.addFault({
        match: { endpoint: "messages.get", messageId: ids[2] },
        effect: { kind },
      });
      expect(categories(await fetchAll(ids.slice(0, 10), "raw"))).toEqual({ ok: 9, transient: 1 });
    }
  });
});

describe("a text that Gmail holds back and then does not give", () => {
  const attachments = { endpoint: "attachments.get" } as const;
  const notFound = { kind: "status", status: 404 } as const;

  /** A message with exactly one such text. */
  async function findHolder(): Promise<string> {
    for (const id of ids) {
      await simulator.control.resetCalls();
      await fetchAll([id]);
      const { calls } = await simulator.control.calls();
      if (calls.some((call) => call.endpoint === "attachments.get" && call.count === 1)) return id;
    }
    throw new Error("no message has such a text");
  }

  it("is asked for once more under its new id", async () => {
    const id = await findHolder();
    await simulator.control.addFault({ match: attachments, effect: notFound, when: { times: 1 } });
    const result = (await fetchAll([id])).get(id);
    expect(result?.ok && result.value.defects.filter((defect) => defect.includes("missing"))).toEqual([]);
  });

  it("makes the message gone when it is, and sets it aside when it is not", async () => {
    const id = await findHolder();
    await simulator.control.addFault({ match: attachments, effect: notFound });
    const other = ids.find((one) => one !== id) as string;
    expect(categories(await fetchAll([id, other]))).toMatchObject({ bad_item: 1 });
    await simulator.control.addFault({
      match: { endpoint: "messages.get", messageId: id, inBatch: false },
      effect: notFound,
    });
    expect((await fetchAll([id])).get(id)).toMatchObject({ fault: { category: "gone" } });
  });
});

describe("faults of the whole call", () => {
  it("listing and profile: status, reset, silence, half an answer, no JSON", async () => {
    provider.close();
    provider = newProvider({ requestTimeoutMs: 300 });
    const impatient = connect();
    await impatient.getProfile();
    const cases = [
      [{ kind: "status", status: 503 }, "transient"],
      [{ kind: "status", status: 429 }, "rate_limited"],
      [{ kind: "status", status: 403, reason: "insufficientPermissions" }, "consent_lost"],
      [{ kind: "reset" }, "transient"],
      [{ kind: "hang", ms: 2_000 }, "transient"],
      [{ kind: "truncate" }, "transient"],
      [{ kind: "truncate", endsCleanly: true }, "transient"],
      [{ kind: "malformedJson" }, "transient"],
      [{ kind: "empty200" }, "transient"],
    ] as const;
    for (const [effect, category] of cases) {
      await simulator.control.clearFaults();
      await simulator.control.addFault({ match: { endpoint: "profile" }, effect });
      await simulator.control.addFault({ match: { endpoint: "messages.list" }, effect });
      await simulator.control.resetCalls();
      expect([effect, await impatient.getProfile()]).toMatchObject([effect, { fault: { category } }]);
      expect([effect, await impatient.listPage({ idsMax: 10 })]).toMatchObject([
        effect,
        { fault: { category } },
      ]);
    }
  });
});

describe("access tokens", () => {
  it("expired ones are replaced once, for calls and for the parts of a batch", async () => {
    await session.getProfile();
    await simulator.control.expireTokens(email);
    expect((await session.getProfile()).ok).toBe(true);
    await simulator.control.expireTokens(email);
    expect(categories(await fetchAll(ids.slice(0, 60)))).toEqual({ ok: 60 });
  });

  it("a token that expires in the middle of a batch costs no message", async () => {
    await simulator.control.addFault({
      match: { endpoint: "messages.get" },
      effect: { kind: "expiredToken" },
      when: { afterCalls: 20, times: 1 },
    });
    expect(categories(await fetchAll(ids.slice(0, 50)))).toEqual({ ok: 50 });
  });

  it("tokens that expire again and again cost no message, as long as each gets further", async () => {
    const pass = (count: number) => Array.from({ length: count }, () => ({ kind: "none" as const }));
    await session.getProfile();
    // In a batch of 50 the 21st call ends the token, then the 11th of the 30 that are asked for again, then the 6th.
    await simulator.control.addFault({
      match: { endpoint: "messages.get" },
      script: [
        ...pass(20),
        { kind: "expiredToken" },
        ...pass(29 + 10),
        { kind: "expiredToken" },
        ...pass(19 + 5),
        { kind: "expiredToken" },
      ],
    });
    expect(categories(await fetchAll(ids.slice(0, 50), "raw"))).toEqual({ ok: 50 });
    const { calls } = await simulator.control.calls();
    expect(calls.filter((call) => call.endpoint === "token").map((call) => call.count)).toEqual([4]);
  });

  it("tokens that are refused all of them are not asked for again and again", async () => {
    await session.getProfile();
    await simulator.control.addFault({
      effect: { kind: "expiredToken" },
      match: { endpoint: "messages.get" },
    });
    await simulator.control.addFault({ effect: { kind: "expiredToken" }, match: { endpoint: "profile" } });
    expect(categories(await fetchAll(ids.slice(0, 50)))).toEqual({ token_expired: 50 });
    expect(await session.getProfile()).toMatchObject({ fault: { category: "token_expired" } });
    const { calls } = await simulator.control.calls();
    expect(calls.filter((call) => call.endpoint === "token").map((call) => call.count)).toEqual([3]);
  });

  it("a token endpoint that answers with no JSON, half of it or nothing passes", async () => {
    for (const kind of ["malformedJson", "empty200", "truncate"] as const) {
      await session.getProfile();
      await simulator.control.expireTokens(email);
      await simulator.control.addFault({
        match: { endpoint: "token" },
        effect: { kind },
        when: { times: 1 },
      });
      const answer = await session.getProfile();
      expect([kind, answer]).toMatchObject([kind, { ok: false, fault: { category: "transient" } }]);
      // An outage of the token endpoint is asked about once a second.
      await expect.poll(async () => (await session.getProfile()).ok, { timeout: 5_000 }).toBe(true);
    }
  });

  it("twenty sessions of one account share one refresh", async () => {
    const sessions = Array.from({ length: 20 }, () => connect());
    const profiles = await Promise.all(sessions.map((one) => one.getProfile()));
    expect(profiles.every((profile) => profile.ok)).toBe(true);
    const refreshes = (await simulator.control.calls()).calls.filter((call) =>
      JSON.stringify(call).includes("token"),
    );
    expect(refreshes.reduce((sum, call) => sum + call.count, 0)).toBe(1);
  });

  it("consent that was taken back is a fault of every call, and comes back by itself", async () => {
    await simulator.control.setGranted(email, false);
    expect(await session.getProfile()).toMatchObject({ ok: false, fault: { category: "consent_lost" } });
    expect(categories(await fetchAll(ids.slice(0, 60)))).toEqual({ consent_lost: 60 });
    await simulator.control.setGranted(email, true);
    expect((await session.getProfile()).ok).toBe(true);
  });
});

describe("watches", () => {
  const pubsubTopic = "projects/p/topics/mail";
  const week = 7 * 86_400_000;

  it("are set on the configured topic, and stopped", async () => {
    const pushing = newProvider({ pubsubTopic });
    const watching = connect(pushing);
    expect(pushing.hasPush).toBe(true);
    const { historyId } = await simulator.control.getMailbox(email);
    const watched = await watching.watch();
    expect(watched).toMatchObject({ ok: true, value: { watermark: historyId } });
    if (watched.ok) expect(Math.abs(watched.value.expiresAtMs - Date.now() - week)).toBeLessThan(60_000);
    expect((await simulator.control.getMailbox(email)).watch?.topicName).toBe(pubsubTopic);
    expect(await watching.stopWatch()).toEqual({ ok: true, value: null });
    expect((await simulator.control.getMailbox(email)).watch).toBeNull();
    pushing.close();
  });

  it("are refused without a topic", async () => {
    expect(provider.hasPush).toBe(false);
    await expect(connect().watch()).rejects.toMatchObject({ code: "push_not_configured" });
    const { calls } = await simulator.control.calls();
    expect(calls.map(({ endpoint }) => endpoint)).not.toContain("watch");
  });

  it("that stand on another topic of the project are replaced", async () => {
    const pushing = newProvider({ pubsubTopic });
    await simulator.control.addFault({
      match: { endpoint: "watch" },
      effect: {
        kind: "status",
        status: 400,
        message: "Only one user push notification client allowed per developer (call /stop then try again)",
      },
      when: { times: 1 },
    });
    expect((await connect(pushing).watch()).ok).toBe(true);
    const { calls } = await simulator.control.calls();
    expect(calls.find(({ endpoint }) => endpoint === "stop")?.count).toBe(1);
    pushing.close();
  });

  it.each([
    [
      403,
      "Error sending test message to Cloud PubSub projects/p/topics/mail : User not authorized",
      "forbidden",
      "transient",
    ],
    [
      404,
      "Error sending test message to Cloud PubSub projects/p/topics/mail : Resource not found",
      undefined,
      "transient",
    ],
    [403, "Request had insufficient authentication scopes.", "insufficientPermissions", "consent_lost"],
    [429, "Too many concurrent requests for user", undefined, "rate_limited"],
    [503, "Backend Error", undefined, "transient"],
  ] as const)(
    "a refusal with %i, %s, is no lost consent where it is about the topic",
    async (status, message, reason, category) => {
      const pushing = newProvider({ pubsubTopic });
      await simulator.control.addFault({
        match: { endpoint: "watch" },
        effect: { kind: "status", status, message, ...(reason === undefined ? {} : { reason }) },
      });
      expect(await connect(pushing).watch()).toMatchObject({ ok: false, fault: { category } });
      pushing.close();
    },
  );
});

describe("secrets (I12)", () => {
  it("appear in no fault, whatever the other side answers", async () => {
    const told: unknown[] = [];
    for (const endpoint of ["token", "profile", "messages.list", "messages.get"] as const) {
      await simulator.control.clearFaults();
      const message = `echo ${refreshToken} ${clientSecret} ${email} Bearer ya29.marked`;
      await simulator.control.addFault({
        match: { endpoint },
        effect: { kind: "status", status: 400, message },
      });
      const fresh = newProvider();
      const freshSession = connect(fresh);
      told.push(await freshSession.getProfile(), await freshSession.listPage({ idsMax: 1 }));
      for await (const fetched of freshSession.fetchMessages(ids.slice(0, 2), "full")) {
        if (!fetched.result.ok) told.push(fetched);
      }
      fresh.close();
    }
    const text = JSON.stringify(told);
    expect(text).toContain("echo");
    expect(text).not.toMatch(/sim-refresh-|marked|"[^"]*echo[^"]*ann@/);
  });
});

describe("connections", () => {
  it("are kept open: 60 calls one after the other use a handful", async () => {
    const before = (await simulator.control.calls()).connections;
    for (let i = 0; i < 20; i++) {
      await session.getProfile();
      await session.listPage({ idsMax: 5 });
      await fetchAll(ids.slice(i, i + 3));
    }
    const opened = (await simulator.control.calls()).connections - before;
    expect(opened).toBeLessThanOrEqual(4);
  });
});
