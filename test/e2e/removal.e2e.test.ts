import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTraces, isRemainder } from "../support/find-traces.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const messages = 600;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 11, latencyMs: 150, mailboxes: [] });
  millrace = await startMillrace(simulator.url, {
    FETCHER_BULK_SLOTS: "2",
    RECONCILE_SECONDS: "1",
    REMOVAL_SWEEP_SECONDS: "3",
    REMOVAL_BLOB_GRACE_SECONDS: "1",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

async function connect(email: string): Promise<string> {
  await simulator.control.createMailbox({ email, generate: messages, seed: 5 });
  const accountId = await millrace.client.connectAccount(email, "raw");
  await millrace.client.json("PATCH", `/v1/accounts/${accountId}`, { attachments: "eager" });
  return accountId;
}
const statusOf = async (path: string): Promise<number> => (await millrace.client.send("GET", path)).status;
const left = async (accountId: string, email: string): Promise<string[]> => {
  const traces = await findTraces(database, millrace.broker, [accountId, email]);
  return traces.filter((trace) => !isRemainder(trace));
};
const isOver = async (accountId: string): Promise<boolean> => {
  const { rowCount } = await database.query("select from account_removals where account_id = $1", [
    accountId,
  ]);
  return rowCount === 0 && (await statusOf(`/v1/accounts/${accountId}`)) === 404;
};

describe("an account that is deleted in the middle of a sync", () => {
  it("ends, and nothing is left of it anywhere, whoever is killed; what others share stays", async () => {
    const [keptEmail, email] = ["kept@millrace.test", "leaving@millrace.test"];
    const kept = await connect(keptEmail);
    await millrace.client.waitForEnd(await millrace.client.requestSync(kept));
    const accountId = await connect(email);
    const syncId = await millrace.client.requestSync(accountId, { mode: "full" });
    await millrace.client.waitFor(
      () => millrace.client.getSync(syncId),
      (sync) => sync.progress.chunksSettled >= 2,
    );
    const later = await millrace.client.requestSync(accountId, { mode: "full", labelIds: ["INBOX"] });
    // Content is there once, whoever has it: one attachment of the other account is the same as one of these.
    const shared = await database.query<{ sha256: string }>(
      `update attachments a set sha256 = b.sha256, blob_size = b.blob_size, fetched_at = b.fetched_at
       from (select * from attachments where account_id = $1 and sha256 is not null limit 1) b
       where a.ctid = (select ctid from attachments where account_id = $2 and sha256 is not null limit 1)
       returning a.sha256`,
      [accountId, kept],
    );
    expect(shared.rowCount).toBe(1);
    const answer = await millrace.client.send("DELETE", `/v1/accounts/${accountId}`);
    expect(answer.status).toBe(202);
    expect(await statusOf(`/v1/accounts/${accountId}/messages`)).toBe(404);
    for (const name of ["fetcher", "janitor", "fetcher", "janitor", "chunker"] as const) {
      await millrace.services.get(name)?.kill();
      await millrace.start(name);
      await sleep(300);
    }
    await millrace.client.waitFor(
      () => isOver(accountId),
      (over) => over,
      120_000,
    );
    expect(await left(accountId, email)).toEqual([]);
    for (const id of [syncId, later]) expect(await statusOf(`/v1/syncs/${id}`)).toBe(404);
    const [removed] = await millrace.client.events(`/v1/events?type=account.removed`);
    expect(removed?.fact).toMatchObject({ grant: "revoked" });
    expect(removed?.fact.blobs).toBeGreaterThan(0);
    expect((await simulator.control.getMailbox(email)).granted).toBe(false);

    const { rows } = await database.query<{ id: string; partId: string; sha256: string }>(
      `select m.id, t.part_id as "partId", t.sha256 from attachments t join messages m using (account_id, provider_id)
       where account_id = $1 and t.sha256 is not null`,
      [kept],
    );
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.map(({ sha256 }) => sha256)).toContain(shared.rows[0]?.sha256);
    for (const { id, partId, sha256 } of rows) {
      const content = await millrace.client.send("GET", `/v1/messages/${id}/attachments/${partId || "root"}`);
      expect(
        createHash("sha256")
          .update(Buffer.from(await content.arrayBuffer()))
          .digest("hex"),
      ).toBe(sha256);
    }
  });

  it("can be connected again, and its mailbox is synced as a new one; the provider is asked for nothing before", async () => {
    const email = "leaving@millrace.test";
    await simulator.control.setGranted(email, true);
    await simulator.control.resetCalls();
    await sleep(3_000);
    const { calls } = await simulator.control.calls();
    expect(calls.filter((call) => call.email === email)).toEqual([]);
    const accountId = await millrace.client.connectAccount(email);
    const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
    expect(sync).toMatchObject({ status: "completed", ledger: { listed: messages, stored: messages } });
  });
});

describe("an export", () => {
  it("as mbox has every message to the byte but for line ends, and as lines everything that is held", async () => {
    const { rows } = await database.query<{ id: string }>(
      "select id from accounts where email = 'kept@millrace.test'",
    );
    const accountId = rows[0]?.id ?? "";
    const mbox = await (
      await millrace.client.send("GET", `/v1/accounts/${accountId}/export?format=mbox`)
    ).text();
    expect(mbox.match(/^From /gm)).toHaveLength(messages);
    const lines = (await (await millrace.client.send("GET", `/v1/accounts/${accountId}/export`)).text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ kind: "end", counts: { message: messages, sync: 1 } });
    expect(lines.filter(({ kind }) => kind === "message")).toHaveLength(messages);
  });
});
