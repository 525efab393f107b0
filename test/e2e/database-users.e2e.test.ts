import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { serviceSpec } from "@millrace/infra/start/service-spec";
import { migrate } from "@millrace/shared/postgres/migrate";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, type ServiceName, startMillrace } from "../support/start-millrace.ts";

let simulator: GmailSimulator;
let millrace: Millrace;
let owner: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    mailboxes: [{ email: "one@millrace.test", generate: 120 }],
  });
  millrace = await startMillrace(simulator.url);
  owner = new pg.Client({ connectionString: millrace.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await millrace?.stop({ isRefusalMeant: true });
  await simulator?.close();
});

/** Starts a service's process that is expected to end by itself. */
async function startRefused(
  name: ServiceName,
  databaseUrl: string,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [serviceSpec(name).entry], {
    env: {
      PATH: process.env.PATH,
      NATS_URL: millrace.nats.url,
      NATS_NKEY_SEED_FILE: millrace.nats.users.seedFile(name),
      NATS_LOG_MIB: "256",
      DATABASE_URL: databaseUrl,
      MILLRACE_ENCRYPTION_KEYS: `k:${randomBytes(32).toString("base64")}`,
      GOOGLE_CLIENT_ID: "client",
      GOOGLE_CLIENT_SECRET: "secret",
      PORT: "0",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (part: Buffer) => (said += part));
  const overdue = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(overdue);
  return { code, said };
}

it("a service with another service's user ends with 78, and says what to grant", async () => {
  expect(await startRefused("fetcher", millrace.databaseUrls.chunker)).toEqual({
    code: 78,
    said: expect.stringMatching(/^millrace fetcher: .*grant millrace_fetcher to <user>;[^\n]*\n$/),
  });
});

it("sync-api with a user of its own ends with 78 where the schema is older, and says who has to migrate", async () => {
  const { rows } = await owner.query(
    "delete from schema_migrations where name like '0020%' returning name, run_on",
  );
  expect(rows).toHaveLength(1);
  const refused = await startRefused("sync-api", millrace.databaseUrls["sync-api"]);
  await owner.query("insert into schema_migrations (name, run_on) values ($1, $2)", [
    rows[0].name,
    rows[0].run_on,
  ]);
  expect(refused).toEqual({
    code: 78,
    said: expect.stringMatching(/^millrace sync-api: .*npm run migrate[^\n]*\n$/),
  });
});

it("a right that is taken away while services run costs time and no mail: the owner's migration gives it back", async () => {
  const accountId = await millrace.client.connectAccount("one@millrace.test");
  await owner.query("revoke insert on messages from millrace_fetcher");
  const syncId = await millrace.client.requestSync(accountId);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect((await owner.query("select count(*)::int as n from messages")).rows).toEqual([{ n: 0 }]);
  await migrate(millrace.databaseUrl);
  const sync = await millrace.client.waitForEnd(syncId);
  expect(sync).toMatchObject({ status: "completed", ledger: { listed: 120, stored: 120 } });
});
