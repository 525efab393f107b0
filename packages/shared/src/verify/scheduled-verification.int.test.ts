import { type GmailSimulator, startGmailSimulator } from "@millrace/gmail-simulator/start-gmail-simulator";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newId } from "../events/identifiers.ts";
import type { AcceptedRequest } from "../events/sync-request.ts";
import { createGmailProvider } from "../providers/gmail/create-gmail-provider.ts";
import type { ProviderSession } from "../providers/mail-provider.ts";
import { memoryTokenVault } from "../providers/testing/memory-token-vault.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { runVerification } from "./run-verification.ts";
import type { VerificationOutcome } from "./verification.ts";

const tenantId = "acme";
const messages = 700;

let simulator: GmailSimulator;
let database: TestDatabase;
let pool: TestPool;
let provider: ReturnType<typeof createGmailProvider>;
let session: ProviderSession;
let email: string;
let ref: { tenantId: string; accountId: string };
let ids: string[];
let published: AcceptedRequest[];

beforeAll(async () => {
  [simulator, database] = await Promise.all([startGmailSimulator({ quotas: "off" }), createTestDatabase()]);
  pool = createTestPool(database.url, "chunker", 2);
  await pool.query("insert into tenants (id, name) values ('acme', 'acme')");
  provider = createGmailProvider({
    vault: memoryTokenVault(),
    rootUrl: simulator.rootUrl,
    tokenUrl: simulator.tokenUrl,
    clientId: "client",
    clientSecret: "secret",
    requestTimeoutMs: 5_000,
  });
});
afterAll(async () => {
  provider?.close();
  await pool?.end();
  await database?.drop();
  await simulator?.close();
});

/** A mailbox, and a copy of it that is complete up to now. */
beforeEach(async () => {
  const accountId = newId("acc");
  ref = { tenantId, accountId };
  email = `${accountId}@example.com`;
  published = [];
  const { refreshToken } = await simulator.control.createMailbox({ email, generate: messages });
  session = provider.connect({ ...ref, email, refreshToken });
  await pool.query(
    `insert into accounts (id, tenant_id, provider, email, sealed_credentials) values ($1, $2, 'gmail', $3, 's')`,
    [accountId, tenantId, email],
  );
  ids = [];
  for await (const { id, labelIds } of simulator.control.truth(email)) {
    if (labelIds.includes("SPAM") || labelIds.includes("TRASH")) continue;
    ids.push(id);
    await store(id, labelIds);
  }
  const profile = await session.getProfile();
  if (!profile.ok) throw new Error(profile.fault.message);
  await pool.query(
    "insert into account_states (account_id, tenant_id, watermark, epoch, seq) values ($1, $2, $3, 1, 1)",
    [accountId, tenantId, profile.value.watermark],
  );
});

async function store(id: string, labelIds: readonly string[]): Promise<void> {
  await pool.query(
    `insert into messages (account_id, provider_id, tenant_id, id, label_ids, size_bytes, snippet, reference_ids,
       headers, addresses, content, defects, search, sync_id, work)
     values ($1, $2, $3, $1 || $2, $4, 1, '', '{}', '[]', '{}', 'full', '{}', '', 's', 0)`,
    [ref.accountId, id, tenantId, labelIds],
  );
}

async function given(trigger: "api" | "schedule", repair = true): Promise<string> {
  const id = newId("ver");
  await pool.query(
    `insert into verifications (id, tenant_id, account_id, repair, trigger, position)
     values ($1, $2, $3, $4, $5, '{"step":"begin"}')`,
    [id, tenantId, ref.accountId, repair, trigger],
  );
  return id;
}

const run = (id: string, shouldYield?: () => boolean): Promise<VerificationOutcome> =>
  runVerification(
    { pool, session, publishRequest: async (_ref, asked) => void published.push(asked) },
    ref,
    id,
    { signal: new AbortController().signal, progressed: () => {}, shouldYield },
  );

async function countsOf(trigger: "api" | "schedule", repair = true) {
  const outcome = await run(await given(trigger, repair));
  if (outcome.kind !== "verified") throw new Error(JSON.stringify(outcome));
  return outcome.counts;
}

const lose = (id: string | undefined) =>
  pool.query("delete from messages where account_id = $1 and provider_id = $2", [ref.accountId, id]);

test("what the next sync brings is no difference where nobody asked, and is one for who asks", async () => {
  await simulator.control.generateMessages(email, 3, ["INBOX"]);
  await simulator.control.deleteMessages(email, [ids[0] ?? ""]);
  const label = await simulator.control.createLabel(email, "later");
  await simulator.control.relabelMessage(email, ids[1] ?? "", { add: [label.id] });
  await lose(ids[2]);
  expect(await countsOf("schedule")).toMatchObject({ missing: 1, extra: 0, changed: 0 });
  expect(await countsOf("api")).toMatchObject({ missing: 4, extra: 1, changed: 1 });
});

test("messages that were set aside are not missing where nobody asked; redriven ones that were lost again are", async () => {
  for (const [at, state] of (["open", "discarded", "resolved"] as const).entries()) {
    await lose(ids[at]);
    await pool.query(
      `insert into dead_letters (id, tenant_id, account_id, sync_id, chunk_index, ordinal, provider_id, scope, category,
         error, attempts, state, created_at, updated_at, epoch, seq)
       values ($1, $2, $3, 's', 0, $4, $5, 'message', 'bad_item', '', 1, $6, now(), now(), 1, 1)`,
      [newId("dl"), tenantId, ref.accountId, at, ids[at], state],
    );
  }
  expect(await countsOf("schedule")).toMatchObject({ missing: 1 });
  expect(await countsOf("api")).toMatchObject({ missing: 3 });
});

test("differences in a row are counted where those before were taken in, and none is none", async () => {
  expect((await countsOf("schedule")).driftsInRow).toBe(0);
  await lose(ids[0]);
  const first = await countsOf("schedule");
  expect(first).toMatchObject({ missing: 1, driftsInRow: 1 });
  expect(published).toMatchObject([{ syncId: first.repairSyncId, trigger: "reconciler" }]);
  expect((await countsOf("api", false)).driftsInRow).toBe(1); // nothing was to be taken in: it finds the same
  expect((await countsOf("schedule")).driftsInRow).toBe(2);
  expect((await countsOf("api")).driftsInRow).toBe(3);
  await store(ids[0] ?? "", (await labelsOf(ids[0])) ?? []);
  expect((await countsOf("schedule")).driftsInRow).toBe(0);
});

async function labelsOf(wanted: string | undefined): Promise<readonly string[] | undefined> {
  for await (const { id, labelIds } of simulator.control.truth(email)) if (id === wanted) return labelIds;
  return undefined;
}

test("it gives way between two pages, and goes on there", async () => {
  await simulator.control.resetCalls();
  const id = await given("schedule");
  let turns = 1;
  for (let outcome = await run(id, () => true); outcome.kind !== "verified"; turns++) {
    expect(outcome).toEqual({ kind: "yielded" });
    outcome = await run(id, () => true);
  }
  const calls = await listCalls();
  expect(turns).toBeGreaterThan(10);
  await simulator.control.resetCalls();
  await countsOf("schedule");
  expect(await listCalls()).toBe(calls);
});

async function listCalls(): Promise<number> {
  const { calls } = await simulator.control.calls();
  return calls
    .filter(({ endpoint }) => endpoint === "messages.list")
    .reduce((sum, { count: n }) => sum + n, 0);
}

test("a copy that is older than what the provider remembers is told at once, without a listing", async () => {
  await simulator.control.generateMessages(email, 1, ["INBOX"]);
  await simulator.control.expireHistory(email);
  await simulator.control.resetCalls();
  expect(await run(await given("schedule"))).toMatchObject({
    kind: "fault",
    fault: { category: "watermark_expired" },
  });
  expect(await listCalls()).toBe(0);
});
