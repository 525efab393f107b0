import { createHash } from "node:crypto";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const email = "files@millrace.test";
const count = 150;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 7, mailboxes: [{ email, generate: count }] });
  millrace = await startMillrace(simulator.url, { RETRY_CAP_SECONDS: "1" });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

it("with faults on, an eager account has the content of all attachments when its sync completes", async () => {
  const passes = Array.from({ length: 5 }, () => ({ kind: "none" }) as const);
  const away = { kind: "status", status: 503 } as const;
  const cut = { kind: "truncate", endsCleanly: true } as const;
  // Fewer than make an attachment be given up, whichever they meet.
  const script = [away, ...passes, cut, ...passes, away, ...passes, cut];
  await simulator.control.addFault({ match: { endpoint: "attachments.get" }, script });
  const accountId = await millrace.client.connectAccount(email);
  await millrace.client.json("PATCH", `/v1/accounts/${accountId}`, { attachments: "eager" });
  const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
  expect(sync).toMatchObject({
    status: "completed",
    ledger: { listed: count, stored: count, balanced: true },
  });
  await simulator.control.clearFaults();

  const { rows } = await database.query<{
    id: string;
    partId: string;
    sha256: string | null;
    failure: unknown;
  }>(
    `select m.id, t.part_id as "partId", t.sha256, t.failure
     from attachments t join messages m using (account_id, provider_id) where account_id = $1`,
    [accountId],
  );
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter(({ sha256 }) => sha256 === null)).toEqual([]);
  await simulator.control.resetCalls();
  for (const { id, partId, sha256 } of rows) {
    const answer = await millrace.client.send("GET", `/v1/messages/${id}/attachments/${partId || "root"}`);
    expect(answer.status).toBe(200);
    const content = Buffer.from(await answer.arrayBuffer());
    expect(createHash("sha256").update(content).digest("hex")).toBe(sha256);
  }
  expect((await simulator.control.calls()).total).toBe(0);
});
