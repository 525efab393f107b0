import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Mailbox, openMailbox } from "../support/changing-mailbox.ts";
import { pushEnv, startPush, untilWatched } from "../support/push.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 78 });
  millrace = await startMillrace(simulator.url, pushEnv(simulator.url));
  await startPush(simulator, millrace);
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

async function connect(email: string): Promise<{ mailbox: Mailbox; accountId: string }> {
  const mailbox = await openMailbox(simulator, email, 10);
  const accountId = await millrace.client.connectAccount(email);
  await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
  await untilWatched(simulator, millrace, email);
  return { mailbox, accountId };
}
const shown = async (accountId: string): Promise<Set<string>> => {
  const { rows } = await database.query<{ id: string }>(
    "select provider_id as id from messages where account_id = $1 and deleted_at is null",
    [accountId],
  );
  return new Set(rows.map(({ id }) => id));
};
const syncsOf = async (accountId: string) =>
  (
    await database.query<{ status: string; trigger: string }>(
      "select status, trigger from syncs where account_id = $1",
      [accountId],
    )
  ).rows;
async function untilShown(accountId: string, id: string, isShown = true): Promise<void> {
  await expect.poll(async () => (await shown(accountId)).has(id), { timeout: 20_000 }).toBe(isShown);
}

it("mail that comes, is trashed, or leaves is told by a push, and nobody asks", async () => {
  const { mailbox, accountId } = await connect("told@millrace.test");
  const [old = "", doomed = ""] = await mailbox.ids();
  const [added = ""] = await mailbox.add(1);
  await untilShown(accountId, added);
  await mailbox.relabel(old, { add: ["TRASH"] });
  await untilShown(accountId, old, false);
  await mailbox.remove(doomed);
  await untilShown(accountId, doomed, false);
  const triggers = (await syncsOf(accountId)).map(({ trigger }) => trigger);
  expect(triggers.filter((trigger) => trigger === "push").length).toBeGreaterThanOrEqual(3);
});

it("a storm of notifications is few syncs, and the last change is in", async () => {
  const { mailbox, accountId } = await connect("storm@millrace.test");
  await simulator.control.addFault({ match: {}, effect: { kind: "latency", ms: 200 }, when: {} });
  await mailbox.add(1);
  await simulator.control.sendPush({ email: mailbox.email, count: 1_000 });
  const [last = ""] = await mailbox.add(1);
  await untilShown(accountId, last);
  await simulator.control.clearFaults();
  await expect
    .poll(async () => (await syncsOf(accountId)).some(({ status }) => status === "running"), {
      timeout: 20_000,
    })
    .toBe(false);
  const worked = (await syncsOf(accountId)).filter(({ status }) => status === "completed");
  expect(worked.length).toBeLessThanOrEqual(8);
  const deliveries = await simulator.control.pushDeliveries();
  expect(deliveries.filter(({ status }) => status !== null && status >= 300)).toEqual([]);
});

it("a notification that somebody else signed asks for nothing", async () => {
  const { mailbox, accountId } = await connect("forged@millrace.test");
  const before = (await syncsOf(accountId)).length;
  const data = Buffer.from(JSON.stringify({ emailAddress: mailbox.email, historyId: "999999" })).toString(
    "base64",
  );
  const body = JSON.stringify({
    message: { data, messageId: "1" },
    subscription: "projects/p/subscriptions/s",
  });
  for (const authorization of [undefined, "Bearer nonsense", "Bearer e30.e30.e30"]) {
    const answer = await fetch(`${millrace.client.url}/v1/webhooks/gmail`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(authorization === undefined ? {} : { authorization }),
      },
      body,
    });
    expect(answer.status).toBe(401);
  }
  const pushed = (await syncsOf(accountId)).slice(before).filter(({ trigger }) => trigger === "push");
  expect(pushed).toEqual([]);
});

it("where pushes stay out, a schedule finds what has changed", async () => {
  const { mailbox, accountId } = await connect("silent@millrace.test");
  await simulator.control.stopPush();
  const [added = ""] = await mailbox.add(1);
  await database.query("update schedules set next_run_at = now() where account_id = $1", [accountId]);
  await untilShown(accountId, added);
  expect((await syncsOf(accountId)).some(({ trigger }) => trigger === "schedule")).toBe(true);
  await startPush(simulator, millrace);
});
