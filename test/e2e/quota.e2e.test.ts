import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterEach, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

/** A minute of the quota passes in fifteen seconds. */
const clockFactor = 4;
const minuteMs = 60_000 / clockFactor;
/** By the price list of 2026 an account reads 300 messages a minute. */
const messagesAMinute = 300;

let simulator: GmailSimulator;
let millrace: Millrace;

afterEach(async () => {
  await millrace?.stop();
  await simulator?.close();
});

it("mailboxes are read as fast as the quota allows, and practically no call is refused", {
  timeout: 120_000,
}, async () => {
  const emails = ["one@millrace.test", "two@millrace.test"];
  const count = 600;
  simulator = await startGmailSimulator({
    quotas: "gmail-2026",
    clockFactor,
    mailboxes: emails.map((email) => ({ email, generate: count })),
  });
  millrace = await startMillrace(simulator.url, {
    GMAIL_QUOTA: "gmail-2026",
    GMAIL_QUOTA_MINUTE_MS: String(minuteMs),
  });
  const { client } = millrace;
  const accounts = await Promise.all(emails.map((email) => client.connectAccount(email)));
  const startedMs = Date.now();
  const syncIds = await Promise.all(accounts.map((accountId) => client.requestSync(accountId)));
  for (const syncId of syncIds) {
    const sync = await client.waitForEnd(syncId, 100_000);
    expect(sync).toMatchObject({ status: "completed", ledger: { stored: count, balanced: true } });
  }
  const minutes = (Date.now() - startedMs) / minuteMs;
  const { calls } = await simulator.control.calls();
  const refused = calls.filter(({ status }) => status === 429 || status === 403);
  // In a minute this short, a machine that stands still for moments makes a call late.
  expect(refused.reduce((sum, call) => sum + call.count, 0)).toBeLessThanOrEqual(3);
  // The first minute's messages come at once, the last ones a minute later.
  expect(minutes).toBeLessThan(count / messagesAMinute + 1);
  const quota = await client.json("GET", `/v1/accounts/${accounts[0]}/quota`);
  expect(quota).toMatchObject({
    limited: true,
    account: { unitsPerMinute: 6_000, unitsPerMinuteNow: 6_000, coolDownUntil: null },
    project: { unitsPerMinute: 1_200_000, unitsPerDay: 80_000_000 },
    messagesPerMinute: messagesAMinute,
  });
});
