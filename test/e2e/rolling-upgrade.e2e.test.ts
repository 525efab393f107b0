import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkOutRelease, whyNoRelease } from "../support/check-out-release.ts";
import { type Millrace, serviceNames, startMillrace } from "../support/start-millrace.ts";

/** The release before: its schema ends at migration 0024. */
const releaseBefore = "005878e3";
const messages = 2_500;

const missing = whyNoRelease(releaseBefore);
if (missing !== null) console.warn(`The upgrade from the release before is not tested: ${missing}`);

describe.skipIf(missing !== null)(`from ${releaseBefore}, whose services meet the schema of today`, () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-release-"));
  let simulator: GmailSimulator;
  let millrace: Millrace;
  let database: pg.Client;

  beforeAll(async () => {
    checkOutRelease(releaseBefore, folder);
    // A slow provider, so that there is a sync to be in the middle of.
    simulator = await startGmailSimulator({ quotas: "off", seed: 17, latencyMs: 400, mailboxes: [] });
    millrace = await startMillrace(simulator.url, { FETCHER_BULK_SLOTS: "1" }, folder);
    database = new pg.Client({ connectionString: millrace.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await millrace?.stop();
    await simulator?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startSync(name: string, count = messages) {
    const email = `${name}@millrace.test`;
    await simulator.control.createMailbox({ email, generate: count, seed: 5 });
    const accountId = await millrace.client.connectAccount(email);
    const syncId = await millrace.client.requestSync(accountId);
    const { status } = await millrace.client.waitFor(
      () => millrace.client.getSync(syncId),
      ({ progress }) => progress.chunksSettled >= 1,
    );
    if (count === messages) expect(status).toBe("running"); // and so it is in the middle of it
    return { accountId, syncId, count };
  }

  async function expectWhole({ accountId, syncId, count }: Awaited<ReturnType<typeof startSync>>) {
    expect(await millrace.client.waitForEnd(syncId)).toMatchObject({
      status: "completed",
      ledger: { listed: count, stored: count, unchanged: 0, deadLettered: 0, balanced: true },
    });
    const { rows } = await database.query(
      `select count(*)::int as rows, count(distinct provider_id)::int as distinct from messages where account_id = $1`,
      [accountId],
    );
    expect(rows[0]).toEqual({ rows: count, distinct: count });
  }

  /** Each service of today's, or of the release before, in place of the one that runs. */
  async function roll(release?: string): Promise<void> {
    for (const name of serviceNames) {
      const before = millrace.services.get(name);
      // sync-api keeps its address, so its new process comes when the old one has gone.
      if (name !== "sync-api") await millrace.start(name, release === undefined ? {} : { release });
      expect([name, (await before?.stop())?.code]).toEqual([name, 0]);
      if (name === "sync-api") await millrace.start(name, release === undefined ? {} : { release });
    }
  }

  it("a sync completes with services that know nothing of it", async () => {
    await expectWhole(await startSync("before", 250));
  });

  it("a sync goes on while each service is replaced by today's, and completes", async () => {
    const sync = await startSync("forward");
    await roll();
    await expectWhole(sync);
    await expectWhole(await startSync("after", 250));
  });

  it("and back, as long as nothing is contracted and no fact has a shape that only today's services read", async () => {
    const sync = await startSync("back");
    await roll(folder);
    await expectWhole(sync);
  });
});
