import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addAccount } from "../testing/fill-views.ts";
import { operatorHeaders, startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
});
afterAll(() => api?.stop());

async function trail(query = ""): Promise<{ items: Record<string, unknown>[]; nextCursor: string | null }> {
  const answer = await api.app.inject({ url: `/v1/audit${query}`, headers: tenant.headers });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

const noted = async (): Promise<Record<string, unknown>[]> => (await trail()).items;

const patch = (url: string, payload: object, headers: Record<string, string> = tenant.headers) =>
  api.app.inject({ method: "PATCH", url, headers, payload });

test("who changed what, from where, and how it ended: newest first, and no body", async () => {
  const accountId = await addAccount(api.pool, tenant.tenantId);
  const changed = await patch(`/v1/accounts/${accountId}`, { attachments: "lazy" });
  await patch("/v1/accounts/acc_none", { attachments: "lazy" });
  await expect.poll(async () => (await noted()).map(({ status }) => status)).toEqual([404, 200]);
  const [, entry] = await noted();
  expect(entry).toMatchObject({
    actor: { kind: "key", name: "bootstrap" },
    method: "PATCH",
    route: "/v1/accounts/:id",
    params: { id: accountId },
    requestId: changed.headers["x-request-id"],
    address: "127.0.0.1",
  });
  expect(JSON.stringify(await noted())).not.toContain("lazy");
});

test("what only looks, and what may not be asked or has not the form, is not in it", async () => {
  await api.app.inject({ url: "/v1/accounts", headers: tenant.headers });
  await patch("/v1/accounts/acc_none", { attachments: "sideways" });
  await patch("/v1/accounts/acc_none", { attachments: "lazy" }, { authorization: `Bearer ${tenant.key}x` });
  await patch(`/v1/tenants/${tenant.tenantId}`, { weight: 2 });
  expect(await noted()).toEqual([]);
});

test("an export is in it, because it reads everything, and is not sent when it cannot be noted", async () => {
  const accountId = await addAccount(api.pool, tenant.tenantId);
  const url = `/v1/accounts/${accountId}/export`;
  const take = () => api.app.inject({ url, headers: tenant.headers });
  expect((await take()).statusCode).toBe(200);
  await expect
    .poll(noted)
    .toMatchObject([
      { method: "GET", route: "/v1/accounts/:id/export", params: { id: accountId }, fields: [], status: 200 },
    ]);
  await api.pool.query("alter table audit_entries add constraint no_more check (false) not valid");
  try {
    expect((await take()).statusCode).toBe(500);
  } finally {
    await api.pool.query("alter table audit_entries drop constraint no_more");
  }
});

test("it is written before anything is done: what cannot be noted is not done", async () => {
  const accountId = await addAccount(api.pool, tenant.tenantId);
  await api.pool.query("alter table audit_entries add constraint no_more check (false) not valid");
  try {
    const answer = await patch(`/v1/accounts/${accountId}`, { attachments: "eager" });
    expect(answer.statusCode).toBe(500);
  } finally {
    await api.pool.query("alter table audit_entries drop constraint no_more");
  }
  const { rows } = await api.pool.query("select attachments from accounts where id = $1", [accountId]);
  expect(rows).toEqual([{ attachments: "metadata" }]);
});

test("a request that is under way is in it, without an outcome", async () => {
  const accountId = await addAccount(api.pool, tenant.tenantId);
  const client = await api.pool.owner.connect();
  await client.query("begin");
  await client.query("select from accounts where id = $1 for update", [accountId]);
  const answering = patch(`/v1/accounts/${accountId}`, { attachments: "lazy" });
  try {
    await expect.poll(async () => (await noted()).map(({ status }) => status)).toEqual([null]);
    await sleep(50);
  } finally {
    await client.query("rollback");
    client.release();
  }
  expect((await answering).statusCode).toBe(200);
  await expect.poll(async () => (await noted()).map(({ status }) => status)).toEqual([200]);
});

test("what an operator does to a tenant is in the tenant's, and the operator reads it too", async () => {
  await patch(`/v1/tenants/${tenant.tenantId}`, { weight: 2 }, operatorHeaders);
  const [entry] = await noted();
  expect(entry).toMatchObject({ actor: { kind: "operator", name: null }, route: "/v1/tenants/:tenantId" });
  const url = `/v1/tenants/${tenant.tenantId}/audit`;
  const answer = await api.app.inject({ url, headers: operatorHeaders });
  expect(answer.json().items).toMatchObject([{ id: entry?.id }]);
});

test("that a tenant was created is the beginning of its own", async () => {
  const id = `${tenant.tenantId}new`;
  await api.app.inject({
    method: "POST",
    url: "/v1/tenants",
    headers: operatorHeaders,
    payload: { id, name: "New" },
  });
  const read = async () =>
    (await api.app.inject({ url: `/v1/tenants/${id}/audit`, headers: operatorHeaders })).json().items;
  await expect.poll(read).toMatchObject([{ method: "POST", route: "/v1/tenants", status: 201 }]);
});

test("another tenant's is another one; pages follow each other; one key's entries can be asked for", async () => {
  for (let i = 0; i < 5; i++) await patch(`/v1/accounts/acc_${i}`, { attachments: "lazy" });
  const other = await api.addTenant();
  await patch("/v1/accounts/acc_other", { attachments: "lazy" }, other.headers);
  const seen: unknown[] = [];
  let query = "?limit=2";
  for (let page = 0; page < 5; page++) {
    const { items, nextCursor } = await trail(query);
    seen.push(...items.map(({ params }) => (params as { id: string }).id));
    if (nextCursor === null) break;
    query = `?limit=2&cursor=${nextCursor}`;
  }
  expect(seen).toEqual(["acc_4", "acc_3", "acc_2", "acc_1", "acc_0"]);
  expect((await trail("?actorId=key_none")).items).toEqual([]);
});

test("names what was made, and which fields were given, but no values", async () => {
  const payload = { name: "back door", scopes: ["admin"] };
  const made = await api.app.inject({ method: "POST", url: "/v1/keys", headers: tenant.headers, payload });
  await patch("/v1/tenant", { returnUrls: ["https://evil.example.com/"] });
  await expect.poll(async () => (await noted()).map(({ status }) => status)).toEqual([200, 201]);
  expect(await noted()).toMatchObject([
    { route: "/v1/tenant", fields: ["returnUrls"], madeId: null },
    { route: "/v1/keys", fields: ["name", "scopes"], madeId: made.json().id },
  ]);
  expect(JSON.stringify(await noted())).not.toMatch(/back door|evil/);
});

test("an operator sees who has asked for what is about no single tenant, and no tenant does", async () => {
  await api.app.inject({
    method: "POST",
    url: "/v1/retention/run",
    headers: operatorHeaders,
    payload: { task: "blobs" },
  });
  const answer = await api.app.inject({ url: "/v1/audit?limit=1", headers: operatorHeaders });
  expect([answer.statusCode, answer.json().items]).toMatchObject([
    200,
    [{ actor: { kind: "operator" }, method: "POST", route: "/v1/retention/run", fields: ["task"] }],
  ]);
  await patch("/v1/tenant", { name: "Renamed" });
  const all = (await api.app.inject({ url: "/v1/audit", headers: operatorHeaders })).json().items;
  expect(all.map(({ route }: { route: string }) => route)).not.toContain("/v1/tenant");
  expect((await noted()).map(({ route }) => route)).not.toContain("/v1/retention/run");
});
