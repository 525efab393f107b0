import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Scope } from "../access/caller.ts";
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

type Method = "GET" | "POST" | "DELETE";

async function ask(key: string, method: Method, url: string, payload?: object) {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await api.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

async function makeKey(scopes: readonly Scope[], more: object = {}): Promise<{ id: string; key: string }> {
  const { status, body } = await ask(tenant.key, "POST", "/v1/keys", { name: "made", scopes, ...more });
  expect(status).toBe(201);
  return body;
}

const statusOf = async (key: string, url = "/v1/accounts") => (await ask(key, "GET", url)).status;

const inOneDay = () => new Date(Date.now() + 86_400_000).toISOString();

test("a key is shown once, and is kept nowhere", async () => {
  const { id, key } = await makeKey(["read"]);
  expect(key).toMatch(/^mr_[A-Za-z0-9_-]{32}$/);
  const listed = await ask(tenant.key, "GET", "/v1/keys");
  expect(listed.body.items.map((item: { id: string }) => item.id)).toContain(id);
  expect(JSON.stringify(listed.body)).not.toContain(key);
  const { rows } = await api.pool.query<{ text: string }>(
    "select coalesce(string_agg(to_jsonb(k)::text, ''), '') as text from api_keys k",
  );
  expect(rows[0]?.text).toContain(id);
  for (const part of [key, key.slice(3), Buffer.from(key).toString("hex")])
    expect(rows[0]?.text).not.toContain(part);
  expect(api.logLines.join("\n")).not.toContain(key.slice(3));
});

describe("scopes", () => {
  const attempts = [
    ["read", "GET", "/v1/accounts", undefined, 200],
    ["write", "POST", "/v1/syncs", { accountId: "acc_none" }, 404],
    ["admin", "GET", "/v1/keys", undefined, 200],
    ["admin", "GET", "/v1/audit", undefined, 200],
    ["read", "POST", "/v1/browser-tokens", {}, 201],
  ] as const;

  test.each(attempts)("%s is what %s %s takes, and no other scope does", async (...attempt) => {
    const [needed, method, url, body, status] = attempt;
    for (const scope of ["read", "write", "admin"] as const) {
      const { key } = await makeKey([scope]);
      const answer = await ask(key, method, url, body);
      expect(answer.status, scope).toBe(scope === needed ? status : 403);
      if (scope !== needed) expect(answer.body.detail).toContain(needed);
    }
  });

  test("nobody gives away more than he has, by making or by following", async () => {
    const { key } = await makeKey(["admin"]);
    expect((await ask(key, "POST", "/v1/keys", { name: "x", scopes: ["read"] })).status).toBe(403);
    const { id } = await makeKey(["read", "write"]);
    expect((await ask(key, "POST", `/v1/keys/${id}/rotate`, {})).status).toBe(403);
    expect((await ask(key, "POST", "/v1/keys", { name: "x", scopes: ["admin"] })).status).toBe(201);
  });
});

describe("the end of a key", () => {
  test("revoked, it is refused at once, and stays so", async () => {
    const { id, key } = await makeKey(["read"]);
    expect(await statusOf(key)).toBe(200);
    const first = await ask(tenant.key, "DELETE", `/v1/keys/${id}`);
    expect(first.body.revokedAt).toEqual(expect.any(String));
    expect(await statusOf(key)).toBe(401);
    const again = await ask(tenant.key, "DELETE", `/v1/keys/${id}`);
    expect(again).toMatchObject({ status: 200, body: { revokedAt: first.body.revokedAt } });
  });

  test("it ends at its time", async () => {
    const { id, key } = await makeKey(["read"], { expiresAt: inOneDay() });
    expect(await statusOf(key)).toBe(200);
    await api.pool.query("update api_keys set expires_at = now() where id = $1", [id]);
    expect(await statusOf(key)).toBe(401);
  });

  test("one that has ended already is not made", async () => {
    const body = { name: "x", expiresAt: new Date(Date.now() - 1_000).toISOString() };
    expect((await ask(tenant.key, "POST", "/v1/keys", body)).status).toBe(400);
  });

  test("followed by another, both hold during the overlap, then only the new one does", async () => {
    const { id, key } = await makeKey(["read"]);
    const rotated = await ask(tenant.key, "POST", `/v1/keys/${id}/rotate`, { overlapSeconds: 60 });
    expect(rotated).toMatchObject({ status: 201, body: { replaces: id, name: "made", scopes: ["read"] } });
    expect([await statusOf(key), await statusOf(rotated.body.key)]).toEqual([200, 200]);
    const { rows } = await api.pool.query(
      "select extract(epoch from expires_at - now())::float8 as s from api_keys where id = $1",
      [id],
    );
    expect(rows[0].s).toBeGreaterThan(50);
    expect(rows[0].s).toBeLessThanOrEqual(60);
    await api.pool.query("update api_keys set expires_at = now() where id = $1", [id]);
    expect([await statusOf(key), await statusOf(rotated.body.key)]).toEqual([401, 200]);
  });

  test("an overlap does not make it hold longer than it would have, and its successor ends when it would have", async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    const { id } = await makeKey(["read"], { expiresAt: soon });
    const { body } = await ask(tenant.key, "POST", `/v1/keys/${id}/rotate`, { overlapSeconds: 86_400 });
    expect(body.expiresAt).toBe(soon);
    const { items } = (await ask(tenant.key, "GET", "/v1/keys")).body;
    expect(items.find((item: { id: string }) => item.id === id).expiresAt).toBe(soon);
  });

  test("one that has ended has no successor", async () => {
    const { id } = await makeKey(["read"]);
    await ask(tenant.key, "DELETE", `/v1/keys/${id}`);
    expect((await ask(tenant.key, "POST", `/v1/keys/${id}/rotate`, {})).status).toBe(404);
  });
});

test("another tenant's keys are not there", async () => {
  const { id, key } = await makeKey(["read"]);
  const other = await api.addTenant();
  expect((await ask(other.key, "DELETE", `/v1/keys/${id}`)).status).toBe(404);
  expect((await ask(other.key, "POST", `/v1/keys/${id}/rotate`, {})).status).toBe(404);
  expect(JSON.stringify((await ask(other.key, "GET", "/v1/keys")).body)).not.toContain(id);
  const asOperator = await api.app.inject({
    method: "DELETE",
    url: `/v1/tenants/${other.tenantId}/keys/${id}`,
    headers: operatorHeaders,
  });
  expect(asOperator.statusCode).toBe(404);
  expect(await statusOf(key)).toBe(200);
});

test("a tenant has no more than a hundred keys that open something", async () => {
  await api.pool.query(
    `insert into api_keys (id, tenant_id, name, key_hash, scopes)
     select $1 || n, $1, 'many', sha256(($1 || n)::bytea), '{read}' from generate_series(1, 98) as n`,
    [tenant.tenantId],
  );
  const { id } = await makeKey(["read"]);
  const refused = await ask(tenant.key, "POST", "/v1/keys", { name: "one too many" });
  expect(refused).toMatchObject({ status: 409, body: { code: "too_many_keys" } });
  await ask(tenant.key, "DELETE", `/v1/keys/${id}`);
  await makeKey(["read"]);
});

test("the use of a key is noted", async () => {
  const { id, key } = await makeKey(["read"]);
  const lastUsed = async () =>
    (await api.pool.query("select last_used_at as at from api_keys where id = $1", [id])).rows[0].at;
  expect(await lastUsed()).toBeNull();
  await statusOf(key);
  await expect.poll(lastUsed).toBeInstanceOf(Date);
  const first = await lastUsed();
  await statusOf(key);
  expect(await lastUsed()).toEqual(first); // to the minute: not a write for each request
});

test("a key that ends makes none that outlives it, and gives itself no more time", async () => {
  const end = inOneDay();
  const { id, key } = await makeKey(["admin"], { expiresAt: end });
  const made = await ask(key, "POST", "/v1/keys", { name: "heir", scopes: ["admin"] });
  expect(made).toMatchObject({ status: 201, body: { expiresAt: end } });
  const later = new Date(Date.now() + 2 * 86_400_000).toISOString();
  const refused = await ask(key, "POST", "/v1/keys", { name: "heir", scopes: ["admin"], expiresAt: later });
  expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
  const rotated = await ask(key, "POST", `/v1/keys/${id}/rotate`, { expiresAt: null });
  expect(rotated).toMatchObject({ status: 201, body: { expiresAt: end } });
  const prolonged = await ask(key, "POST", `/v1/keys/${id}/rotate`, { expiresAt: later });
  expect(prolonged.status).toBe(403);
});

test("a request without a body has its defaults", async () => {
  const { id } = await makeKey(["read"]);
  expect((await ask(tenant.key, "POST", `/v1/keys/${id}/rotate`)).status).toBe(201);
  expect((await ask(tenant.key, "POST", "/v1/browser-tokens")).status).toBe(201);
});
