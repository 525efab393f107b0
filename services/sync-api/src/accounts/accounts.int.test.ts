import { loadAccount } from "@millrace/shared/postgres/load-account";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { insertRow } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
});
afterAll(() => api?.stop());

const credentials = { refreshToken: "a-refresh-token" };

function connect(body: object, headers = tenant.headers) {
  return api.app.inject({ method: "POST", url: "/v1/accounts", headers, payload: body });
}
const connectMail = (email: string, headers = tenant.headers) =>
  connect({ provider: "gmail", email, credentials }, headers);
const get = (url: string, headers = tenant.headers) => api.app.inject({ url, headers });

test("a mailbox is connected, and the services can open its credentials", async () => {
  const answer = await connect({ provider: "gmail", email: "a@example.com", content: "raw", credentials });
  expect(answer.statusCode).toBe(201);
  const account = answer.json();
  expect(account).toMatchObject({
    provider: "gmail",
    email: "a@example.com",
    content: "raw",
    watermark: null,
  });
  expect(answer.headers.location).toBe(`/v1/accounts/${account.id}`);
  const ref = { tenantId: tenant.tenantId, accountId: account.id };
  expect(await loadAccount(api.pool, api.keyring, ref)).toMatchObject({
    ...ref,
    ...credentials,
    content: "raw",
  });
});

test("content is full unless something else is asked for", async () => {
  expect((await connectMail("b@example.com")).json().content).toBe("full");
});

test("the same mailbox again is 409 with the account that has it, however it is written, also at the same time", async () => {
  const answers = await Promise.all(
    ["c@example.com", "C@Example.com", "c@example.COM"].map((email) => connectMail(email)),
  );
  const made = answers.filter(({ statusCode }) => statusCode === 201);
  const refused = answers.filter(({ statusCode }) => statusCode === 409);
  expect([made.length, refused.length]).toEqual([1, 2]);
  for (const answer of refused) {
    expect(answer.json()).toMatchObject({ code: "account_exists", accountId: made[0]?.json().id });
  }
});

test("Gmail takes no notice of dots and of what follows a plus sign: the same mailbox is one account", async () => {
  const { id } = (await connectMail("some.one@gmail.com")).json();
  for (const email of ["someone@gmail.com", "SomeOne+news@googlemail.com"])
    expect((await connectMail(email)).json()).toMatchObject({ code: "account_exists", accountId: id });
  expect((await connectMail("some.one@example.com")).statusCode).toBe(201);
  expect((await connectMail("someone@example.com")).statusCode).toBe(201);
});

test("two tenants may connect the same mailbox, and neither sees the other's", async () => {
  const other = await api.addTenant();
  const mine = (await connectMail("d@example.com")).json();
  const theirs = (await connectMail("d@example.com", other.headers)).json();
  expect(theirs.id).not.toBe(mine.id);
  expect((await get("/v1/accounts")).json().items).toEqual([mine]);
  const foreign = await get(`/v1/accounts/${theirs.id}`);
  const absent = await get("/v1/accounts/acc_absent");
  const { requestId: _, ...problem } = foreign.json();
  const { requestId: __, ...absentProblem } = absent.json();
  expect([foreign.statusCode, problem]).toEqual([404, absentProblem]);
});

test("pages hold every account once, in the order in which they were connected", async () => {
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.push((await connectMail(`e${i}@example.com`)).json().id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: { id: string }[]; nextCursor: string | null } = (
      await get(`/v1/accounts?limit=2${cursor === null ? "" : `&cursor=${cursor}`}`)
    ).json();
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(made);
});

test("an account is found by its address", async () => {
  await connectMail("f@example.com");
  const { id } = (await connectMail("g@example.com")).json();
  const found = (await get("/v1/accounts?email=G@example.com")).json();
  expect(found.items.map((account: { id: string }) => account.id)).toEqual([id]);
});

test("an account shows where its copy stands", async () => {
  const { id } = (await connectMail("h@example.com")).json();
  await insertRow(api.pool, "account_states", {
    account_id: id,
    tenant_id: tenant.tenantId,
    active_sync_id: "syn_b",
    watermark: "18446744073709551615",
    last_sync_id: "syn_a",
    last_synced_at: new Date("2026-01-02T03:04:05.678Z"),
    epoch: 1,
    seq: 1,
  });
  expect((await get(`/v1/accounts/${id}`)).json()).toMatchObject({
    activeSyncId: "syn_b",
    watermark: "18446744073709551615",
    lastSyncId: "syn_a",
    lastSyncedAt: "2026-01-02T03:04:05.678Z",
  });
});

test.each([
  ["another provider", { provider: "imap", email: "a@example.com", credentials }, "#/provider"],
  ["no address", { provider: "gmail", email: "nobody", credentials }, "#/email"],
  ["no credentials", { provider: "gmail", email: "a@example.com" }, "#/credentials"],
  [
    "empty credentials",
    { provider: "gmail", email: "a@example.com", credentials: { refreshToken: "" } },
    "#/credentials/refreshToken",
  ],
  [
    "another content",
    { provider: "gmail", email: "a@example.com", content: "all", credentials },
    "#/content",
  ],
])("%s is refused with its pointer, and nothing is stored", async (_, body, pointer) => {
  const answer = await connect(body);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors).toEqual([expect.objectContaining({ in: "body", pointer })]);
  expect((await get("/v1/accounts")).json().items).toEqual([]);
});
