import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

// Small mailboxes to which much happens: what recordings of events are picked from (docs/upgrades.md). Releases before this
// one run it as well, so it does without what came later.

let simulator: GmailSimulator;
let millrace: Millrace;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 41, mailboxes: [] });
  millrace = await startMillrace(simulator.url, { FETCHER_BULK_SLOTS: "1", RETRY_CAP_SECONDS: "1" });
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
});

async function connect(name: string, count: number): Promise<{ email: string; accountId: string }> {
  const email = `${name}@millrace.test`;
  await simulator.control.createMailbox({ email, generate: count, seed: 5 });
  return { email, accountId: await millrace.client.connectAccount(email) };
}

const sync = async (accountId: string, more: object = {}) =>
  millrace.client.waitForEnd(await millrace.client.requestSync(accountId, more));

async function typesOf(syncId: string): Promise<string[]> {
  return (await millrace.client.events(`/v1/syncs/${syncId}/events?limit=200`)).map(({ type }) => type);
}

const waitForType = (syncId: string, type: string) =>
  millrace.client.waitFor(
    () => typesOf(syncId),
    (types) => types.includes(type),
  );

async function anyMessage(email: string): Promise<string> {
  for await (const { id, labelIds } of simulator.control.truth(email)) {
    if (!labelIds.some((label) => label === "TRASH" || label === "SPAM")) return id;
  }
  throw new Error(`${email} has no message`);
}

it("a mailbox is copied, and what is new in it later", async () => {
  const { email, accountId } = await connect("plain", 60);
  expect((await sync(accountId, { chunkSize: 20 })).status).toBe("completed");
  await simulator.control.generateMessages(email, 4);
  await simulator.control.deleteMessages(email, [await anyMessage(email)]);
  expect((await sync(accountId)).status).toBe("completed");
});

it("a sync is paused, resumed and joined, another one waits behind it and is cancelled", async () => {
  const { email, accountId } = await connect("held", 60);
  const slow = { match: { email }, effect: { kind: "latency", ms: 250 }, when: {} } as const;
  await simulator.control.addFault(slow);
  const part = { labelIds: ["INBOX"], chunkSize: 5 };
  const first = await millrace.client.requestSync(accountId, part);
  await waitForType(first, "chunk.fetched");
  await millrace.client.json("POST", `/v1/syncs/${first}/pause`);
  await waitForType(first, "sync.paused");
  await millrace.client.json("POST", `/v1/syncs/${first}/resume`);
  await waitForType(first, "sync.resumed");
  const joined = await millrace.client.requestSync(accountId, part);
  const other = await millrace.client.requestSync(accountId, { chunkSize: 5 });
  expect((await millrace.client.waitForEnd(joined)).status).toBe("coalesced");
  await millrace.client.waitForEnd(first);
  await waitForType(other, "sync.started");
  await millrace.client.json("POST", `/v1/syncs/${other}/cancel`);
  await simulator.control.clearFaults();
  expect((await millrace.client.waitForEnd(other)).status).toBe("cancelled");
});

it("a message that is refused becomes a dead letter, is redriven in vain, and then with success", async () => {
  const { email, accountId } = await connect("letters", 20);
  const messageId = await anyMessage(email);
  const fault = await simulator.control.addFault({
    match: { email, messageId },
    effect: { kind: "status", status: 418, reason: "teapot", message: "I am a teapot", domain: "global" },
  });
  const { id, status } = await sync(accountId);
  expect(status).toBe("partial");
  await millrace.client.json("POST", "/v1/dead-letters/redrive", { syncId: id });
  await waitForType(id, "dead_letters.refused");
  await simulator.control.clearFaults(fault);
  await millrace.client.json("POST", "/v1/dead-letters/redrive", { syncId: id });
  await waitForType(id, "dead_letters.settled");
});

it("consent is lost and given again", async () => {
  const { email, accountId } = await connect("consent", 30);
  await simulator.control.setGranted(email, false);
  const syncId = await millrace.client.requestSync(accountId);
  await waitForType(syncId, "sync.paused");
  await simulator.control.setGranted(email, true);
  await millrace.client.json("POST", `/v1/accounts/${accountId}/credentials`, {
    credentials: { refreshToken: `sim-refresh-${email}` },
  });
  expect((await millrace.client.waitForEnd(syncId)).status).toBe("completed");
});

it("what is no request is kept with its reason", async () => {
  const { accountId } = await connect("request", 5);
  millrace.broker.publish(`sync.requests.demo.${accountId}`, "{not json");
  await millrace.client.waitFor(
    () => millrace.client.events("/v1/events?limit=100"),
    (events) => events.some(({ type }) => type === "request.rejected"),
  );
});

it("a copy is compared with its mailbox", async () => {
  const { accountId } = await connect("compared", 10);
  await sync(accountId);
  await millrace.client.json("POST", `/v1/accounts/${accountId}/verify`, {});
  await millrace.client.waitFor(
    () => millrace.client.events("/v1/events?limit=100"),
    (events) => events.some(({ type }) => type === "account.verified"),
  );
});

it("an account is removed", async () => {
  const { accountId } = await connect("removed", 40);
  await sync(accountId);
  await millrace.client.send("DELETE", `/v1/accounts/${accountId}`);
  await millrace.client.waitFor(
    () => millrace.client.events("/v1/events?limit=100"),
    (events) => events.some(({ type }) => type === "account.removed"),
    20_000,
  );
});

it("a chunk of which every message is refused is a dead letter as a whole", async () => {
  const { email, accountId } = await connect("whole", 3);
  const fault = await simulator.control.addFault({
    match: { email, inBatch: true },
    effect: { kind: "status", status: 418, reason: "teapot", message: "I am a teapot", domain: "global" },
  });
  expect(await sync(accountId)).toMatchObject({ status: "partial", ledger: { stored: 0, balanced: true } });
  await simulator.control.clearFaults(fault);
});
