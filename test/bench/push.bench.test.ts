import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "@millrace/gmail-simulator/random";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Mailbox, openMailbox } from "../support/changing-mailbox.ts";
import { pushEnv, startPush, untilWatched } from "../support/push.ts";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

const mailboxCount = 20;
const arrivals = 300;
const gapMs = 150;
const warmUp = 40;
const lookMs = 2;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 79 });
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

/** From the moment that the mailbox has a message to the one that a reader of the store sees it. */
it(`push to stored: p50 under 150 ms, p99 under 500 ms`, async () => {
  const { client } = millrace;
  const mailboxes: Mailbox[] = [];
  for (let n = 0; n < mailboxCount; n++) {
    const mailbox = await openMailbox(simulator, `m${n}@bench.test`, 5);
    const accountId = await client.connectAccount(mailbox.email);
    await client.waitForEnd(await client.requestSync(accountId));
    await untilWatched(simulator, millrace, mailbox.email);
    mailboxes.push(mailbox);
  }
  const random = new Random(1);
  const times: number[] = [];
  for (let n = 0; n < arrivals + warmUp; n++) {
    const began = performance.now();
    // By turns: Gmail tells of a mailbox once a second at most.
    const [id] = (await mailboxes[n % mailboxCount]?.add(1)) ?? [];
    await untilStored(String(id));
    if (n >= warmUp) times.push(performance.now() - began);
    await sleep(gapMs * (0.5 + random.float()));
  }
  const at = (share: number): number => times.sort((a, b) => a - b)[Math.floor(share * times.length)] ?? 0;
  const figures = { arrivals, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(0.9999) };
  process.stdout.write(
    `push to stored, ms: ${JSON.stringify(figures, (_, v) => Math.round(v * 10) / 10 || v)}\n`,
  );
  expect(figures.p50).toBeLessThan(150);
  expect(figures.p99).toBeLessThan(500);
});

async function untilStored(id: string): Promise<void> {
  for (;;) {
    const { rowCount } = await database.query({
      name: "is-stored",
      text: "select from messages where provider_id = $1 and deleted_at is null",
      values: [id],
    });
    if (rowCount === 1) return;
    await sleep(lookMs);
  }
}
