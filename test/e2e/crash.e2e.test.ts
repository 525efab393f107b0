import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Millrace, serviceNames, startMillrace } from "../support/start-millrace.ts";

const messages = 1_500;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  // A slow provider, so that there is a sync to be in the middle of.
  simulator = await startGmailSimulator({ quotas: "off", seed: 11, latencyMs: 150, mailboxes: [] });
  millrace = await startMillrace(simulator.url, {
    FETCHER_BULK_SLOTS: "2",
    RECONCILE_SECONDS: "5",
    CLAIM_SECONDS: "8",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

async function startSync(name: string): Promise<{ accountId: string; syncId: string }> {
  const email = `${name}@millrace.test`;
  await simulator.control.createMailbox({ email, generate: messages, seed: 5 });
  const accountId = await millrace.client.connectAccount(email);
  const syncId = await millrace.client.requestSync(accountId);
  await millrace.client.waitFor(
    () => millrace.client.getSync(syncId),
    (sync) => sync.progress.chunksSettled >= 2,
  );
  return { accountId, syncId };
}

async function expectWhole(accountId: string, syncId: string): Promise<void> {
  const sync = await millrace.client.waitForEnd(syncId, 180_000);
  expect(sync).toMatchObject({
    status: "completed",
    ledger: { listed: messages, deadLettered: 0, balanced: true },
  });
  expect(sync.ledger.stored + sync.ledger.unchanged).toBe(messages);
  const { rows } = await database.query<{ rows: number; distinct: number }>(
    `select count(*)::int as rows, count(distinct provider_id)::int as distinct from messages where account_id = $1`,
    [accountId],
  );
  expect(rows[0]).toEqual({ rows: messages, distinct: messages });
}

describe("a sync completes, with a balanced ledger and no message twice, after kill -9 of", () => {
  it.each(serviceNames)("%s", async (name) => {
    const { accountId, syncId } = await startSync(`kill-${name}`);
    expect((await millrace.client.getSync(syncId)).status).toBe("running");
    await millrace.services.get(name)?.kill();
    await millrace.start(name);
    await expectWhole(accountId, syncId);
  });

  it("all of them at once, and of the broker", async () => {
    const { accountId, syncId } = await startSync("kill-all");
    await Promise.all([...millrace.services.values()].map((service) => service.kill()));
    await millrace.nats.kill();
    await millrace.nats.restart();
    for (const name of serviceNames) await millrace.start(name);
    await expectWhole(accountId, syncId);
  });
});

describe("a stop in order", () => {
  it("ends each service with code 0, and its claims are taken over at once", async () => {
    const { accountId, syncId } = await startSync("rolling");
    for (const name of serviceNames) {
      const before = millrace.services.get(name);
      await millrace.start(name === "sync-api" ? "janitor" : name).catch(() => {});
      const ended = await before?.stop();
      expect([name, ended?.code]).toEqual([name, 0]);
      if (name === "sync-api") await millrace.start(name);
    }
    await expectWhole(accountId, syncId);
  });
});

describe("an emptied work queue", () => {
  it("costs time, never mail", async () => {
    const { accountId, syncId } = await startSync("emptied");
    await millrace.services.get("fetcher")?.kill();
    await millrace.purgeWork();
    await millrace.start("fetcher");
    await expectWhole(accountId, syncId);
    const events = await millrace.client.events(`/v1/syncs/${syncId}/events?limit=200`);
    expect(events.some((event) => event.type === "sync.stalled")).toBe(true);
  });
});
