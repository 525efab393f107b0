import { setTimeout as sleep } from "node:timers/promises";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const cap = 2;
const accounts = 8;
const messages = 150;
/** Of a sync that is to be in the middle of its work for a while. */
const long = 800;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 14, latencyMs: 40 });
  millrace = await startMillrace(simulator.url, { RECONCILE_SECONDS: "5" });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

async function connectAll(prefix: string, count = messages): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < accounts; n++) {
    const email = `${prefix}${n}@millrace.test`;
    await simulator.control.createMailbox({ email, generate: count });
    ids.push(await millrace.client.connectAccount(email));
  }
  return ids;
}

/** Each when the one before it is decided on, so that their order is known. */
async function requestAll(accountIds: readonly string[]): Promise<string[]> {
  const { client } = millrace;
  const syncIds: string[] = [];
  for (const accountId of accountIds) {
    const syncId = await client.requestSync(accountId);
    await client.waitFor(
      () => client.getSync(syncId),
      ({ status }) => status !== "requested",
    );
    syncIds.push(syncId);
  }
  return syncIds;
}

/** How many of the tenant's syncs ran at once at most, by the log: in the order in which it has them. */
async function mostAtOnce(syncIds: readonly string[]): Promise<{ most: number; started: string[] }> {
  const { rows } = await database.query<{ type: string; sync_id: string }>(
    `select type, sync_id from events where sync_id = any($1)
       and type in ('sync.started', 'sync.completed', 'sync.failed') order by epoch, seq`,
    [syncIds],
  );
  let [running, most] = [0, 0];
  for (const { type } of rows) {
    running += type === "sync.started" ? 1 : -1;
    most = Math.max(most, running);
  }
  return {
    most,
    started: rows.filter(({ type }) => type === "sync.started").map(({ sync_id }) => sync_id),
  };
}

async function expectAllCompleted(syncIds: readonly string[], listed = messages): Promise<void> {
  for (const syncId of syncIds) {
    const sync = await millrace.client.waitForEnd(syncId, 120_000);
    expect(sync).toMatchObject({ status: "completed", ledger: { listed, balanced: true } });
  }
}

const setCap = (to: number | null) => database.query("update tenants set running_syncs_max = $1", [to]);

it("no more syncs of a tenant run than may, the others wait as queued, and start in order", async () => {
  await setCap(cap);
  const syncIds = await requestAll(await connectAll("order"));
  await millrace.client.waitFor(
    () => millrace.client.getSync(syncIds.at(-1) ?? ""),
    ({ status }) => status === "queued",
  );
  await expectAllCompleted(syncIds);
  const { most, started } = await mostAtOnce(syncIds);
  expect(most).toBe(cap);
  // Seats that are left at once are given at once: those who have them start in any order.
  const moved = started.map((syncId, at) => Math.abs(syncIds.indexOf(syncId) - at));
  expect(Math.max(...moved), String(moved)).toBeLessThan(cap);
});

it("so it is when the chunker is killed again and again", async () => {
  await setCap(cap);
  const syncIds = await requestAll(await connectAll("killed"));
  for (let kill = 0; kill < 6; kill++) {
    await sleep(400);
    await millrace.services.get("chunker")?.kill();
    await millrace.start("chunker");
  }
  await expectAllCompleted(syncIds);
  const { most } = await mostAtOnce(syncIds);
  expect(most).toBe(cap);
});

it("one that is paused makes room for the next; whoever waits is started when the cap is taken away", async () => {
  await setCap(1);
  const syncIds = await requestAll(await connectAll("paused", long));
  const statusOf = async (n: number) => (await millrace.client.getSync(syncIds[n] ?? "")).status;
  const { client } = millrace;
  await client.waitFor(
    () => statusOf(0),
    (status) => status === "running",
  );
  await client.json("POST", `/v1/syncs/${syncIds[0]}/pause`);
  await client.waitFor(
    () => statusOf(1),
    (status) => status !== "queued",
  );
  expect(await statusOf(0)).toBe("paused");
  await client.json("POST", `/v1/syncs/${syncIds[0]}/resume`);
  await setCap(null);
  await expectAllCompleted(syncIds, long);
});
