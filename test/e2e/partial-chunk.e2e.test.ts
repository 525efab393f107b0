import { setTimeout as sleep } from "node:timers/promises";
import {
  type Millrace as Client,
  createMillrace,
  missingMessagesOf,
  missingWords,
  type Sync,
} from "@millrace/client";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

// A mailbox of one chunk, in which two messages fail on and on: what is stored of it counts long before they are set aside.

const email = "but-for-two@millrace.test";
const messages = 100;

let simulator: GmailSimulator;
let millrace: Millrace;
let client: Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 7, mailboxes: [] });
  await simulator.control.createMailbox({ email, generate: messages, seed: 5 });
  millrace = await startMillrace(simulator.url, { RETRY_CAP_SECONDS: "1" });
  client = createMillrace({ baseUrl: millrace.client.url, key: millrace.client.key });
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
});

/** What a watcher was shown as dealt with, until the sync's end. */
async function follow(states: AsyncIterable<Sync>, syncId: string): Promise<number[]> {
  const handled: number[] = [];
  for await (const sync of states) {
    if (sync.id !== syncId) continue;
    handled.push(sync.progress.handled);
    if (sync.status === "partial") break;
  }
  return handled;
}

/** Who asks again and again, also while the API is away. */
async function* looks(syncId: string): AsyncGenerator<Sync> {
  for (;;) {
    const sync = await client.syncs.get(syncId).catch(() => null);
    if (sync !== null) yield sync;
    await sleep(50);
  }
}

async function failTwo(): Promise<void> {
  const ids: string[] = [];
  for await (const { id } of simulator.control.truth(email)) ids.push(id);
  for (const messageId of [ids[10], ids[60]]) {
    await simulator.control.addFault({
      match: { email, messageId },
      effect: {
        kind: "status",
        status: 500,
        reason: "backendError",
        message: "Backend error",
        domain: "global",
      },
    });
  }
}

it("98 of 100 messages are shown within seconds while two fail, then it ends partial with 100 of 100, and never falls", async () => {
  await failTwo();
  const { id: accountId } = await client.accounts.connect({
    provider: "gmail",
    email,
    credentials: { refreshToken: `sim-refresh-${email}` },
  });
  const askedMs = performance.now();
  const { syncId } = await client.syncs.start({ accountId, mode: "full" });
  const watched = [client.watchSync(syncId), client.watchSyncs(), looks(syncId)].map((states) =>
    follow(states, syncId),
  );
  await expect
    .poll(async () => (await client.syncs.get(syncId)).progress.handled, { timeout: 15_000, interval: 100 })
    .toBe(messages - 2);
  expect(performance.now() - askedMs).toBeLessThan(10_000);

  const before = await client.syncs.get(syncId);
  expect(before).toMatchObject({ status: "running", progress: { settled: 0, listed: messages, stored: 0 } });
  expect(before.trouble).toMatchObject({ category: "transient", open: 2 });
  const missing = missingMessagesOf(before);
  expect(missing && missingWords(missing)).toBe("2 messages are still missing");
  const chunks = [];
  for await (const chunk of client.syncs.chunks(syncId)) chunks.push(chunk);
  expect(chunks).toMatchObject([{ size: messages, handled: messages - 2, open: 2, settledAt: null }]);
  // They can be read already.
  const mail = [];
  for await (const message of client.accounts.messages(accountId)) mail.push(message);
  expect(mail).toHaveLength(messages - 2);

  await millrace.services.get("sync-api")?.kill();
  await millrace.start("sync-api");
  const end = await millrace.client.waitForEnd(syncId);
  expect(end).toMatchObject({ status: "partial", progress: { settled: messages, handled: messages } });
  expect(end.ledger).toMatchObject({
    listed: messages,
    stored: messages - 2,
    deadLettered: 2,
    balanced: true,
  });
  for (const handled of await Promise.all(watched)) {
    expect(handled).toContain(messages - 2);
    expect(handled.at(-1)).toBe(messages);
    expect(handled).toEqual(handled.toSorted((a, b) => a - b));
  }
}, 180_000);
