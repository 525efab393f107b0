import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventAnswer, SyncAnswer } from "../support/millrace-client.ts";
import { publishPlainly } from "../support/plain-nats.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

let simulator: GmailSimulator;
let millrace: Millrace;
let accountId = "";

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    latencyMs: 20,
    mailboxes: [{ email: "one@millrace.test", generate: 400 }],
  });
  millrace = await startMillrace(simulator.url);
  accountId = await millrace.client.connectAccount("one@millrace.test");
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
});

const publish = (account: string, body: string, headers?: Record<string, string>) =>
  publishPlainly(millrace.shop, `sync.requests.demo.${account}`, body, headers);

async function syncs(): Promise<SyncAnswer[]> {
  return (await millrace.client.json<{ items: SyncAnswer[] }>("GET", "/v1/syncs?limit=200")).items;
}

async function settled(): Promise<SyncAnswer[]> {
  const ended = (all: SyncAnswer[]): boolean =>
    all.length > 0 && all.every((sync) => !["running", "requested", "queued"].includes(sync.status));
  return millrace.client.waitFor(syncs, ended);
}

async function rejections(): Promise<EventAnswer[]> {
  return millrace.client.events("/v1/events?type=request.rejected&limit=200");
}

describe("another service", () => {
  it("starts a sync with one line of bare JSON", async () => {
    const before = (await syncs()).length;
    await publish(accountId, "{}");
    await millrace.client.waitFor(syncs, (all) => all.length === before + 1);
    const [sync] = await settled();
    expect(sync).toMatchObject({ status: "completed", ledger: { listed: 400, balanced: true } });
  });

  it("starts one with a CloudEvent, and the same event again starts no second", async () => {
    const before = (await syncs()).length;
    const event = {
      "ce-specversion": "1.0",
      "ce-id": "order-17",
      "ce-type": "SyncRequested",
      "ce-source": "/shop",
    };
    await publish(accountId, '{"mode":"full"}', event);
    await publish(accountId, '{"mode":"full"}', event);
    await millrace.client.waitFor(syncs, (all) => all.length === before + 1);
    await settled();
    await publish(accountId, '{"mode":"full"}', event);
    await publish(accountId, '{"query":"subject:marker"}'); // decided after it, so that it has been seen by then
    await millrace.client.waitFor(syncs, (all) => all.length === before + 2);
    await settled();
    expect(await syncs()).toHaveLength(before + 2);
  });

  it.each([
    ["that is not JSON", "{oops", undefined, /not JSON/],
    ["with a wrong field", '{"chunkSize":-1}', undefined, /chunkSize/],
    ["of a type that nobody knows", "{}", { "ce-type": "Nonsense" }, /Nonsense/],
    ["with bytes that are no text", "\u0000\u0001", undefined, /not JSON/],
  ])("that publishes a request %s finds it rejected, with its reason", async (_, body, headers, reason) => {
    const before = (await rejections()).length;
    await publish(accountId, body, headers);
    const after = await millrace.client.waitFor(rejections, (all) => all.length === before + 1);
    expect(after.some((event) => reason.test(String(event.fact.reason)))).toBe(true);
  });

  it("that names an account nobody has, or another tenant's, finds it rejected and starts nothing", async () => {
    const database = new pg.Client({ connectionString: millrace.databaseUrl });
    await database.connect();
    await database.query("insert into tenants (id, name) values ('other', 'Other')");
    await database.query(
      `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ('acc_other', 'other', 'gmail', 'x', 'x')`,
    );
    await database.end();
    const before = { rejections: (await rejections()).length, syncs: (await syncs()).length };
    await publish("acc_nobody", "{}");
    await publish("acc_other", "{}");
    await millrace.client.waitFor(rejections, (all) => all.length === before.rejections + 2);
    expect(await syncs()).toHaveLength(before.syncs);
  });

  it("that publishes rubbish in every form crashes nothing: the next request still runs", async () => {
    for (let i = 1; i <= 50; i++)
      await publish(accountId, "x".repeat(i * 1_000), { "ce-type": i % 2 === 0 ? "SyncRequested" : "" });
    await publishPlainly(millrace.operator, "sync.requests.only-a-tenant", "{}");
    const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
    expect(sync).toMatchObject({ status: "completed", ledger: { balanced: true } });
  });
});

describe("requests that come together", () => {
  it("become one running sync; the others end as coalesced into it", async () => {
    await simulator.control.createMailbox({ email: "busy@millrace.test", generate: 600 });
    const busy = await millrace.client.connectAccount("busy@millrace.test");
    const ids = await Promise.all(Array.from({ length: 12 }, () => millrace.client.requestSync(busy)));
    const ended = await Promise.all(ids.map((id) => millrace.client.waitForEnd(id)));
    const ran = ended.filter((sync) => sync.status === "completed" && sync.ledger.stored > 0);
    expect(ran).toHaveLength(1);
    expect(ran[0]?.ledger).toMatchObject({ listed: 600, stored: 600, balanced: true });
    for (const sync of ended.filter((one) => one.status === "coalesced"))
      expect(ids).toContain(sync.coalescedInto);
  });

  it("that ask for more wait for the one before and then run", async () => {
    await simulator.control.createMailbox({ email: "wide@millrace.test", generate: 500 });
    const wide = await millrace.client.connectAccount("wide@millrace.test");
    const narrow = await millrace.client.requestSync(wide, { labelIds: ["INBOX"] });
    // Requests that are accepted at the same time are decided on in any order.
    await millrace.client.waitFor(
      () => millrace.client.getSync(narrow),
      ({ status }) => status !== "requested",
    );
    const whole = await millrace.client.requestSync(wide);
    const [first, second] = await Promise.all([narrow, whole].map((id) => millrace.client.waitForEnd(id)));
    expect(first).toMatchObject({ status: "completed", watermark: null });
    expect(second).toMatchObject({ status: "completed", ledger: { listed: 500, balanced: true } });
    expect(second?.watermark).not.toBeNull();
  });
});

describe("a colleague who publishes where only facts belong", () => {
  it("stops no sync: what is no fact is passed over", async () => {
    await simulator.control.createMailbox({ email: "mess@millrace.test", generate: 1_200 });
    const mess = await millrace.client.connectAccount("mess@millrace.test");
    const rubbish = (subject: string) =>
      publishPlainly(millrace.operator, `evt.demo.${mess}.${subject}`, "{oops");
    await rubbish("sync");
    const syncId = await millrace.client.requestSync(mess);
    for (const subject of [`page.${syncId}.1`, `page.${syncId}.2`, `chunk.${syncId}`]) await rubbish(subject);
    await millrace.client.waitFor(
      () => millrace.client.getSync(syncId),
      (sync) => sync.progress.chunksSettled >= 1,
    );
    for (const subject of ["sync", `chunk.${syncId}`, "note"]) await rubbish(subject);
    expect(await millrace.client.waitForEnd(syncId)).toMatchObject({
      status: "completed",
      ledger: { listed: 1_200, stored: 1_200, balanced: true },
    });
  });
});

describe("a mailbox whose owner took the consent back", () => {
  it("pauses the request with a reason that says what to do, and a person can still end it", async () => {
    await simulator.control.createMailbox({ email: "gone@millrace.test", generate: 10 });
    const gone = await millrace.client.connectAccount("gone@millrace.test");
    await simulator.control.setGranted("gone@millrace.test", false);
    const syncId = await millrace.client.requestSync(gone);
    const read = () =>
      millrace.client.json<{ status: string; paused: object | null }>("GET", `/v1/syncs/${syncId}`);
    const sync = await millrace.client.waitFor(read, ({ status }) => status === "paused");
    expect(sync.paused).toMatchObject({
      reason: "consent_lost",
      message: expect.stringMatching(/connect it again/),
      resumesBy: expect.stringMatching(/credentials/),
    });
    await millrace.client.json("POST", `/v1/syncs/${syncId}/cancel`);
    expect(await millrace.client.waitForEnd(syncId)).toMatchObject({ status: "cancelled" });
  });
});
