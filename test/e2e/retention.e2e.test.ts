import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Millrace, startMillrace } from "../support/start-millrace.ts";

// A real janitor that is killed, and one that is told to end, in the middle of removing rows.

const entries = 9_000;

let simulator: GmailSimulator;
let millrace: Millrace;
let database: pg.Client;

beforeAll(async () => {
  simulator = await startGmailSimulator({ quotas: "off", seed: 3, mailboxes: [] });
  millrace = await startMillrace(simulator.url, { RETENTION_SECONDS: "3600" });
  database = new pg.Client({ connectionString: millrace.databaseUrl });
  await database.connect();
  // A row takes a third of a millisecond, so that there is a run to be in the middle of.
  await database.query(`
    create function dawdle() returns trigger language plpgsql as $$
    begin perform pg_sleep(0.0003); return old; end $$;
    create trigger dawdle before delete on audit_entries for each row execute function dawdle()`);
  // The schedule has had its first turn.
  await millrace.client.waitFor(
    () => runs("task = 'retention-runs'"),
    ([run]) => run?.state === "completed",
    60_000,
  );
});
afterAll(async () => {
  await database?.end();
  await millrace?.stop();
  await simulator?.close();
});

interface Run {
  readonly id: string;
  readonly state: string;
  readonly removed: { readonly auditEntries?: number };
  readonly done: boolean;
}
const runs = async (where: string): Promise<Run[]> =>
  (
    await database.query<Run>(
      `select id, state, removed, done from retention_runs where ${where} order by id`,
    )
  ).rows;
const left = async (): Promise<number> =>
  (
    await database.query<{ left: number }>(
      "select count(*)::integer as left from audit_entries where request_id = 'old'",
    )
  ).rows[0]?.left ?? -1;

/** Adds old entries, asks for them to be removed, and waits until some are. @returns the run */
async function beginRun(mark: string): Promise<string> {
  await database.query(
    `insert into audit_entries (id, tenant_id, at, actor_kind, actor_id, method, route, params, request_id, address)
     select $1 || n, 'demo', now() - interval '2 years', 'key', 'k', 'POST', '/', '{}', 'old', 'a'
     from generate_series(1, $2::integer) as n`,
    [mark, entries],
  );
  const asked = await millrace.client.json<{ runs: { id: string }[] }>("POST", "/v1/retention/run", {
    task: "audit-entries",
  });
  await expect.poll(left, { timeout: 60_000, interval: 20 }).toBeLessThan(entries);
  return asked.runs[0]?.id ?? "";
}

it("one that is killed leaves whole pieces behind, and the next one ends its run, whose record counts both", async () => {
  const id = await beginRun("killed");
  await millrace.services.get("janitor")?.kill();
  expect(await runs(`id = '${id}'`)).toMatchObject([{ state: "running" }]);
  // What the killed one had asked for may still be under way in the server.
  await expect
    .poll(
      async () =>
        (
          await database.query(
            "select from pg_stat_activity where application_name = 'millrace-janitor' and state = 'active'",
          )
        ).rowCount,
      { timeout: 10_000 },
    )
    .toBe(0);
  const there = await left();
  expect(there).toBeGreaterThan(0);
  await millrace.start("janitor");
  await expect
    .poll(async () => (await runs(`id = '${id}'`))[0]?.state, { timeout: 90_000 })
    .toBe("completed");
  expect(await left()).toBe(0);
  expect(await runs(`id = '${id}'`)).toMatchObject([{ removed: { auditEntries: entries }, done: true }]);
}, 180_000);

it("one that is told to end does so in time, with a record of what it has removed; the schedule goes on with the rest", async () => {
  const id = await beginRun("stopped");
  const ended = await millrace.services.get("janitor")?.stop();
  expect(ended?.code).toBe(0);
  const there = await left();
  expect(there).toBeGreaterThan(0);
  expect(await runs(`id = '${id}'`)).toMatchObject([
    { state: "stopped", removed: { auditEntries: entries - there }, done: false },
  ]);
  await millrace.start("janitor");
  await expect.poll(left, { timeout: 90_000 }).toBe(0);
  const told = () =>
    millrace.client.json<{ items: unknown[] }>("GET", "/v1/events?type=retention.ran&limit=50");
  await expect.poll(async () => (await told()).items.length, { timeout: 30_000 }).toBe(3);
}, 180_000);
