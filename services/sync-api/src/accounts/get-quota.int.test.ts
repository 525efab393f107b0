import { createQuotaGovernor, type QuotaGovernor } from "@millrace/shared/quota/quota-governor";
import { memoryBudgetStore } from "@millrace/shared/quota/testing/memory-budget-store";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addAccount } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

const windowMs = 60_000;

let api: TestApi;
let tenant: TestTenant;
let accountId: string;
let governor: QuotaGovernor;

beforeAll(async () => {
  governor = createQuotaGovernor({
    store: memoryBudgetStore(),
    limits: {
      account: { units: 6_000, windowMs, unitsPerDay: null },
      project: { units: 1_200_000, windowMs, unitsPerDay: 80_000_000 },
    },
    nowMs: Date.now,
    sleep: async () => {},
  });
  api = await startTestApi({ quota: { read: governor.read, unitsPerMessage: 20, messagesPerMinute: 300 } });
});
afterAll(() => api?.stop());
beforeEach(async () => {
  tenant = await api.addTenant();
  accountId = await addAccount(api.pool, tenant.tenantId);
});

const get = (headers = tenant.headers, app = api.app) =>
  app.inject({ url: `/v1/accounts/${accountId}/quota`, headers });

test("an account shows what it may use, what it uses, and what all accounts use", async () => {
  const before = (await get()).json().project;
  await governor.reserve({ tenantId: tenant.tenantId, accountId }, { units: 2_000, lane: "bulk" }, undefined);
  const shown = (await get()).json();
  expect(shown).toMatchObject({
    accountId,
    limited: true,
    account: { unitsPerMinute: 6_000, unitsPerMinuteNow: 6_000, usedLastMinute: 2_000, coolDownUntil: null },
    project: {
      unitsPerMinute: 1_200_000,
      usedLastMinute: before.usedLastMinute + 2_000,
      unitsPerDay: 80_000_000,
      usedToday: before.usedToday + 2_000,
    },
    messagesPerMinute: 300,
  });
  const waitMs = Date.parse(shown.account.nextChunkAt) - Date.now();
  expect(waitMs).toBeGreaterThan(5_000);
  expect(waitMs).toBeLessThan(11_000);
});

test("a throttled account shows its cool-down and what is left of its rate", async () => {
  const until = new Date(Date.now() + 30_000);
  governor.throttled({ tenantId: tenant.tenantId, accountId }, until.getTime());
  const shown = (await get()).json();
  expect(shown.account.coolDownUntil).toBe(until.toISOString());
  expect(shown.account.unitsPerMinuteNow).toBeLessThan(6_000);
  expect(shown.messagesPerMinute).toBeLessThan(300);
});

test("where no quota is kept, that is said; another tenant's account is not found", async () => {
  const copy = await api.buildCopy({ quota: null });
  expect((await get(tenant.headers, copy)).json()).toEqual({
    accountId,
    limited: false,
    account: null,
    project: null,
    messagesPerMinute: null,
  });
  expect((await get((await api.addTenant()).headers)).statusCode).toBe(404);
});
