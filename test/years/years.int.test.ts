import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runYears, type YearsOptions } from "./run-years.ts";

let database: TestDatabase;
let nats: TestNats;

beforeEach(async () => {
  [database, nats] = await Promise.all([createTestDatabase(), startTestNats()]);
});
afterEach(async () => {
  await nats?.stop();
  await database?.drop();
});

const run = (options: Partial<YearsOptions>) =>
  runYears({ databaseUrl: database.url, broker: nats.url }, { seed: 1, months: 7, accounts: 20, ...options });

it("months of daily syncs leave what is within its period, nothing that is past it, and do not grow", async () => {
  const { wrong, removed } = await run({});
  expect(wrong).toEqual([]);
  // Every kind of thing has gone by its time.
  for (const [kind, count] of Object.entries(removed)) expect([kind, count > 0]).toEqual([kind, true]);
  expect(Object.keys(removed)).toHaveLength(13);
});
