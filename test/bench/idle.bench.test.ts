import { setTimeout as sleep } from "node:timers/promises";
import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { processorSeconds } from "@millrace/infra/process/processor-time";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, serviceNames, startMillrace } from "../support/start-millrace.ts";

const accounts = Number(process.env.BENCH_ACCOUNTS ?? 10_000);
const settleSeconds = Number(process.env.BENCH_SETTLE_SECONDS ?? 120);
const measuredSeconds = Number(process.env.BENCH_SECONDS ?? 600);
/** POLL_IDLE_SECONDS, as it is by default. */
const idleSeconds = 1_800;
const together = 20;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 80 });
  millrace = await startMillrace(simulator.url, { NATS_LOG_MIB: "1024" });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

/** Without push, which is the dearer case: every account is polled. */
it(`${accounts} idle accounts: under 2 % of one core over all services`, async () => {
  const { client } = millrace;
  let next = 0;
  const connectSome = async (): Promise<void> => {
    while (next < accounts) {
      const n = next++;
      const email = `idle${n}@bench.test`;
      await simulator.control.createMailbox({ email, generate: 1 });
      await client.requestSync(await client.connectAccount(email));
      if (n % 1_000 === 999) process.stdout.write(`${n + 1} accounts are connected\n`);
    }
  };
  await Promise.all(Array.from({ length: together }, connectSome));
  const completed = async (): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      "select count(distinct account_id)::int as count from syncs where status = 'completed'",
    );
    return rows[0]?.count ?? 0;
  };
  await client.waitFor(completed, (count) => count === accounts, 1_800_000);
  process.stdout.write(`all are synced; measuring ${measuredSeconds} s after ${settleSeconds} s of rest\n`);
  // As they are when nothing has happened for hours.
  await database.query(
    "update schedules set interval_seconds = $1::integer, next_run_at = now() + random() * make_interval(secs => $1::integer)",
    [idleSeconds],
  );
  await sleep(settleSeconds * 1_000);
  const [before, syncsBefore, began] = [spent(), await countSyncs(), performance.now()];
  await sleep(measuredSeconds * 1_000);
  const seconds = (performance.now() - began) / 1_000;
  const after = spent();
  const shares = Object.fromEntries(
    serviceNames.map((name) => [name, (100 * ((after[name] ?? 0) - (before[name] ?? 0))) / seconds]),
  );
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  const syncs = (await countSyncs()) - syncsBefore;
  const figures = { accounts, seconds, syncs, ...shares, total };
  process.stdout.write(
    `idle, % of a core: ${JSON.stringify(figures, (_, v) => Math.round(v * 100) / 100 || v)}\n`,
  );
  expect(total).toBeLessThan(2);
});

async function countSyncs(): Promise<number> {
  const { rows } = await database.query<{ count: number }>("select count(*)::int as count from syncs");
  return rows[0]?.count ?? 0;
}

/** Processor seconds of each service so far. */
function spent(): Record<string, number> {
  return Object.fromEntries(
    serviceNames.map((name) => [name, processorSeconds(millrace.services.get(name)?.pid ?? Number.NaN)]),
  );
}
