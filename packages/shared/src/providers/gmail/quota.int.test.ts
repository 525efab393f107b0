import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { throttle } from "../../quota/budget.ts";
import { accountKey, createQuotaGovernor } from "../../quota/quota-governor.ts";
import { memoryBudgetStore } from "../../quota/testing/memory-budget-store.ts";
import type { ProviderFault, ProviderSession } from "../mail-provider.ts";
import { memoryTokenVault } from "../testing/memory-token-vault.ts";
import { createGmailProvider } from "./create-gmail-provider.ts";
import { limitsOf, priceLists } from "./price-lists.ts";

const email = "ann@example.com";
const ref = { tenantId: "t", accountId: "acc_1" };
const list = priceLists["gmail-2026"];

let simulator: GmailSimulator;
let ids: readonly string[];
let store: ReturnType<typeof memoryBudgetStore>;
let provider: ReturnType<typeof createGmailProvider>;
let session: ProviderSession;

beforeAll(async () => {
  // Long texts come by a call of their own.
  simulator = await startGmailSimulator({
    mailboxes: [{ email, generate: 400 }],
    quotas: "off",
    inlineTextBytesMax: 2_000,
  });
});
afterAll(() => simulator?.close());
beforeEach(async () => {
  store = memoryBudgetStore();
  const governor = createQuotaGovernor({
    store,
    limits: limitsOf(list, 60_000),
    nowMs: Date.now,
    sleep: () => Promise.resolve(),
  });
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    quota: { governor, prices: list.units },
  });
  session = provider.connect({ ...ref, email, refreshToken: `sim-refresh-${email}`, lane: "live" });
  const page = await session.listPage({ idsMax: 500 });
  ids = page.ok ? page.value.ids : [];
  await simulator.control.resetCalls();
});
afterEach(async () => {
  provider.close();
  await simulator.control.clearFaults();
});

const used = () =>
  (store.states.get(accountKey(ref))?.given ?? []).reduce((sum, [, units]) => sum + units, 0);

async function fetchAll(wanted: readonly string[]) {
  const faults: ProviderFault[] = [];
  let fetched = 0;
  for await (const { result } of session.fetchMessages(wanted, "full")) {
    if (result.ok) fetched++;
    else faults.push(result.fault);
  }
  return { fetched, faults };
}

it("every call that the provider charges for is reserved, texts that come by themselves as well", async () => {
  const before = used();
  await session.listLabels();
  await session.listChanges({ since: "1" });
  expect((await fetchAll(ids.slice(0, 150))).fetched).toBe(150);
  const charged = (await simulator.control.calls()).units;
  expect(charged).toBeGreaterThan(150 * 20);
  expect(used() - before).toBe(charged);
});

it("what the budget does not allow is not asked for: it comes back with the time of its turn", async () => {
  const { fetched, faults } = await fetchAll(ids);
  expect(fetched).toBeGreaterThanOrEqual(200);
  expect(fetched).toBeLessThan(300);
  expect(fetched + faults.length).toBe(ids.length);
  for (const fault of faults) {
    expect(fault).toMatchObject({ category: "rate_limited", isOwnWait: true });
    expect(fault.retryAtMs).toBeGreaterThan(Date.now() + 30_000);
  }
  const { calls } = await simulator.control.calls();
  const asked = calls.filter(({ endpoint }) => endpoint === "messages.get");
  expect(asked.reduce((sum, { count }) => sum + count, 0)).toBe(fetched);
});

it("while the server may be away, an attempt reserves and asks for a turn of messages, and for all once one is answered", async () => {
  const wanted = ids.slice(0, 40);
  const fail = { endpoint: "messages.get" } as const;
  await simulator.control.addFault({ match: fail, effect: { kind: "status", status: 503 } });
  expect((await fetchAll(wanted)).faults).toHaveLength(40);
  const before = used();
  await simulator.control.resetCalls();
  expect((await fetchAll(wanted)).faults).toHaveLength(40);
  expect(used() - before).toBe(5 * 20);
  const { calls } = await simulator.control.calls();
  expect(calls.find(({ endpoint }) => endpoint === "messages.get")?.count).toBe(5);
  await simulator.control.clearFaults();
  expect((await fetchAll(wanted)).fetched).toBe(40);
});

it("a throttle stops the account until the time that the provider names; no further call meets it", async () => {
  await simulator.control.addFault({
    match: { endpoint: "messages.get" },
    effect: { kind: "status", status: 429, retryAfterMs: 40_000 },
  });
  const first = await fetchAll(ids.slice(0, 10));
  expect(first.fetched).toBe(0);
  expect(first.faults[0]).toMatchObject({ category: "rate_limited" });
  expect(first.faults[0]?.isOwnWait).toBe(undefined);
  await simulator.control.resetCalls();
  const labels = await session.listLabels();
  expect(labels.ok ? null : labels.fault).toMatchObject({ category: "rate_limited", isOwnWait: true });
  expect((await simulator.control.calls()).total).toBe(0);
  const reading = await createQuotaGovernor({
    store,
    limits: limitsOf(list, 60_000),
    nowMs: Date.now,
    sleep: async () => {},
  }).read(ref);
  expect(reading.account.coolUntilMs).not.toBe(null);
  expect(reading.account.limitNow).toBeLessThan(list.unitsPerMinuteAccount);
  expect(reading.project.limitNow).toBe(list.unitsPerMinuteProject);
});

it("an account whose rate was lowered asks for as much at once as that allows, and no more", async () => {
  for (let n = 0; n < 40; n++)
    await store.update(accountKey(ref), (state) => ({
      state: throttle(state, limitsOf(list, 60_000).account, 1, Date.now() - (41 - n) * 60_000),
      result: null,
    }));
  const { account } = await createQuotaGovernor({
    store,
    limits: limitsOf(list, 60_000),
    nowMs: Date.now,
    sleep: async () => {},
  }).read(ref);
  const { fetched } = await fetchAll(ids);
  expect(account.limitNow).toBeLessThan(3_500);
  expect(fetched).toBeGreaterThan(0);
  expect(fetched * 20).toBeLessThanOrEqual(account.limitNow);
});
