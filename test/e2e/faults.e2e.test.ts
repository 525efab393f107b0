import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const messages = 300;
/** Calls as the network sees them: a batch is one. */
const wholeCalls = { inBatch: false };

let simulator: GmailSimulator;
let millrace: Millrace;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 23, mailboxes: [] });
  millrace = await startMillrace(simulator.url);
});
afterAll(async () => {
  await millrace?.stop();
  await simulator?.close();
});

type Effect = Parameters<GmailSimulator["control"]["addFault"]>[0]["effect"];

async function syncWith(name: string, effect: NonNullable<Effect>, match: object = {}): Promise<void> {
  const email = `${name}@millrace.test`;
  await simulator.control.createMailbox({ email, generate: messages });
  const accountId = await millrace.client.connectAccount(email);
  const id = await simulator.control.addFault({
    match: { email, ...match },
    effect,
    when: { probability: 0.3 },
  });
  const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId), 180_000);
  await simulator.control.clearFaults(id);
  expect(sync).toMatchObject({
    status: "completed",
    ledger: { listed: messages, stored: messages, deadLettered: 0, balanced: true },
  });
}

describe("with three of ten calls failing, nothing is lost and nothing is set aside:", () => {
  it("503 for calls and for parts of a batch", () =>
    syncWith("unavailable", { kind: "status", status: 503 }));
  it("429 for parts of a batch", () =>
    syncWith("throttled", { kind: "status", status: 429, retryAfterMs: 200 }));
  it("reset connections", () => syncWith("reset", { kind: "reset" }, wholeCalls));
  it("truncated bodies", () => syncWith("truncated", { kind: "truncate" }, wholeCalls));
  it("bodies that end early and look whole", () =>
    syncWith("short", { kind: "truncate", endsCleanly: true }, wholeCalls));
  it("answers without the part that was asked for", () =>
    syncWith("dropped", { kind: "dropPart" }, { inBatch: true }));
  it("bodies that are no JSON", () => syncWith("malformed", { kind: "malformedJson" }, wholeCalls));
  it("expired tokens", () => syncWith("expired", { kind: "expiredToken" }, wholeCalls));
});
