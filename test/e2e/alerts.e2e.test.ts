import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { resolvePrometheus } from "@millrace/infra/prometheus/resolve-prometheus";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { opsUrlOf } from "../support/scrape.ts";
import { type Millrace, serviceNames, startMillrace } from "../support/start-millrace.ts";
import { type Prometheus, startPrometheus } from "../support/start-prometheus.ts";

const program = await resolvePrometheus("prometheus", (line) => process.stderr.write(`${line}\n`));
const mailbox = "alerted@millrace.test";

describe.skipIf(program === null)("a Prometheus that scrapes real services", () => {
  let simulator: GmailSimulator;
  let millrace: Millrace;
  let prometheus: Prometheus;
  let database: pg.Client;
  let accountId: string;
  let syncId: string;

  beforeAll(async () => {
    simulator = await startGmailSimulator({
      quotas: "off",
      seed: 18,
      mailboxes: [{ email: mailbox, generate: 120 }],
    });
    millrace = await startMillrace(simulator.url, { OPS_PORT: "0" });
    database = new pg.Client({ connectionString: millrace.databaseUrl });
    await database.connect();
    accountId = await millrace.client.connectAccount(mailbox);
    syncId = await millrace.client.requestSync(accountId);
    await millrace.client.waitForEnd(syncId);
    const targets = serviceNames.map((name) => [name, new URL(opsUrlOf(millrace, name)).host] as const);
    prometheus = await startPrometheus(program as string, Object.fromEntries(targets));
  });
  afterAll(async () => {
    await prometheus?.stop();
    await database?.end();
    await millrace?.stop();
    await simulator?.close();
  });

  const fires = (alerts: readonly string[], timeout = 100_000) =>
    expect
      .poll(async () => (await prometheus.firing()).filter((alert) => alerts.includes(alert)), {
        timeout,
        interval: 500,
      })
      .toEqual(alerts);

  test("fires nothing while all is well", async () => {
    // What waits for ten minutes in truth, and for a second here: tasks that have not come round yet.
    await expect.poll(() => prometheus.firing(), { timeout: 100_000, interval: 500 }).toEqual([]);
  });

  test("fires when a ledger does not add up, and when a sync does not move", async () => {
    await database.query("update syncs set listed = listed + 1 where id = $1", [syncId]);
    await fires(["MillraceLedgerImbalance"]);
    await database.query("update events set happened_at = now() - interval '1 hour' where sync_id = $1", [
      syncId,
    ]);
    await database.query("update syncs set status = 'running', ended_at = null where id = $1", [syncId]);
    await fires(["MillraceSyncsStalled"]);
    await database.query(
      "update syncs set status = 'completed', ended_at = now() - interval '2 days' where id = $1",
      [syncId],
    );
    await expect.poll(() => prometheus.firing(), { timeout: 100_000, interval: 500 }).toEqual([]);
  });

  test("fires when a service dies, and when the views fall behind the log for it", async () => {
    await millrace.services.get("sync-api")?.kill();
    millrace.broker.publish(`sync.requests.demo.${accountId}`, "{}");
    await fires(["MillraceServiceAbsent sync-api", "MillraceServiceDown sync-api"]);
    await fires(["MillraceProjectionLag"], 180_000);
  });

  test("fires when the broker is away", async () => {
    await millrace.nats.kill();
    await fires(["MillraceBrokerAway chunker", "MillraceBrokerAway fetcher", "MillraceBrokerAway janitor"]);
    await fires(["MillraceNotReady chunker", "MillraceNotReady fetcher", "MillraceNotReady janitor"]);
  });
});
