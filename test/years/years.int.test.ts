import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterEach, beforeEach, expect, it } from "vitest";
import { kinds } from "./expectation.ts";
import { runYears, type YearsOptions } from "./run-years.ts";

const timeoutMs = 300_000; // a quarter of a minute with the machine to itself

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
  runYears({ databaseUrl: database.url, broker: nats.url }, { seed: 1, months: 6, accounts: 12, ...options });

it("months of daily syncs leave what is within its period, nothing that is past it, and do not grow", {
  timeout: timeoutMs,
}, async () => {
  const { wrong, removed } = await run({});
  expect(wrong).toEqual([]);
  // Bytes of dead letters go with their sync, but for those of one that is kept for long.
  for (const kind of kinds.filter((one) => one !== "letterContents"))
    expect([kind, (removed[kind] ?? 0) > 0]).toEqual([kind, true]);
});

it("a janitor that keeps too long or too little is noticed", { timeout: timeoutMs }, async () => {
  const config = { RETAIN_FAILED_SYNCS_DAYS: 12, RETAIN_WEBHOOKS_DAYS: 20 };
  const { wrong } = await run({ months: 2, config });
  const has = (pattern: RegExp) => wrong.some((what) => pattern.test(what));
  expect(has(/^month 1: syncs: \d+ there after their time/)).toBe(true);
  expect(has(/^month 1: webhooks: \d+ gone before their time/)).toBe(true);
  expect(has(/^month 1: trail: tenant-\d webhooks: 0 went, \d+ are told/)).toBe(true);
  expect(has(/messages|blobs|audit/)).toBe(false);
});
