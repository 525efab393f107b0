import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const messages = 600;
const email = "turn@millrace.test";

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;
let accountId: string;

beforeAll(async () => {
  simulator = await startGmailSimulator({
    quotas: "off",
    seed: 43,
    latencyMs: 40,
    mailboxes: [{ email, generate: messages }],
  });
  millrace = await startMillrace(simulator.url, {
    RECONCILE_SECONDS: "1",
    RECONCILE_IDLE_SECONDS: "4",
    CLAIM_SECONDS: "4",
    RETRY_CAP_SECONDS: "1",
    GMAIL_QUOTA: "gmail-2026",
    GMAIL_QUOTA_MINUTE_MS: "2000",
  });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
  accountId = await millrace.client.connectAccount(email);
  const sync = await millrace.client.waitForEnd(await millrace.client.requestSync(accountId));
  expect(sync).toMatchObject({ status: "completed", ledger: { stored: messages } });
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

interface Compared {
  readonly verification: {
    readonly nextAt: string | null;
    readonly lastId: string | null;
    readonly differences: number | null;
    readonly driftsInRow: number;
  };
}

const account = async (): Promise<Compared> => {
  const { url, key } = millrace.client;
  const answer = await fetch(`${url}/v1/accounts/${accountId}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return (await answer.json()) as Compared;
};

/** Its turn comes; resolves when the comparison that follows has ended, and its repair. */
async function takeTurn(disturb: () => Promise<void> = async () => {}): Promise<Compared["verification"]> {
  const before = (await account()).verification.lastId;
  await expect
    .poll(account, { timeout: 20_000 })
    .toMatchObject({ verification: { nextAt: expect.any(String) } });
  await database.query("update verification_turns set due_at = now() where account_id = $1", [accountId]);
  await expect.poll(runs, { timeout: 20_000, interval: 50 }).toBe(1);
  await disturb();
  await expect
    .poll(async () => (await account()).verification.lastId, { timeout: 90_000, interval: 300 })
    .not.toBe(before);
  await expect.poll(unended, { timeout: 60_000, interval: 300 }).toBe(0);
  return (await account()).verification;
}

const count = async (sql: string): Promise<number> =>
  (await database.query<{ n: number }>(sql, [accountId])).rows[0]?.n ?? -1;
const runs = () =>
  count("select count(*)::int as n from verifications where account_id = $1 and status = 'running'");
/** Requests without a sync as well: the repair is one first. */
const unended = () =>
  count(`select count(*)::int as n from sync_requests r left join syncs s on s.id = r.sync_id
    where r.account_id = $1 and s.ended_at is null`);
const stored = () =>
  count("select count(*)::int as n from messages where account_id = $1 and deleted_at is null");
const lose = (max: number) =>
  database.query(
    `delete from messages where ctid = any(array(select ctid from messages where account_id = $1 limit ${max}))`,
    [accountId],
  );

it("an account is compared when it is its turn, whoever is killed; what differs is taken in, and told when it repeats", {
  timeout: 240_000,
}, async () => {
  expect(await takeTurn()).toMatchObject({ differences: 0, driftsInRow: 0 });

  await lose(7);
  const found = await takeTurn(async () => {
    for (const name of ["chunker", "janitor"] as const) {
      await millrace.services.get(name)?.kill();
      await millrace.start(name);
    }
  });
  expect(found).toMatchObject({ differences: 7, driftsInRow: 1 });
  expect(await stored()).toBe(messages);

  await lose(3);
  expect(await takeTurn()).toMatchObject({ differences: 3, driftsInRow: 2 });
  expect(await stored()).toBe(messages);

  const facts = await millrace.client.events("/v1/events?type=account.verified");
  expect(facts).toHaveLength(3);
  const repairs = await database.query("select trigger, status from syncs where trigger = 'reconciler'");
  expect(repairs.rows).toEqual([1, 2].map(() => ({ trigger: "reconciler", status: "completed" })));
  expect(Date.parse((await account()).verification.nextAt ?? "") - Date.now()).toBeGreaterThan(
    3 * 86_400_000,
  );
});
