import { afterAll, beforeAll, expect, test } from "vitest";
import { addAccount, addSync } from "../testing/fill-views.ts";
import { operatorHeaders, startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
  tenant = await api.addTenant();
});
afterAll(() => api?.stop());

const me = async (headers: Record<string, string>) =>
  (await api.app.inject({ url: "/v1/me", headers })).json();
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const make = async (url: string, payload: object) =>
  (await api.app.inject({ method: "POST", url, headers: tenant.headers, payload })).json();

test("a tenant's key is told its tenant, its scopes and its end", async () => {
  expect(await me(tenant.headers)).toEqual({
    kind: "tenant",
    tenantId: tenant.tenantId,
    scopes: ["read", "write", "admin"],
    expiresAt: null,
    syncId: null,
  });
  const expiresAt = "2099-01-01T00:00:00.000Z";
  const { key } = await make("/v1/keys", { name: "page", scopes: ["read"], expiresAt });
  expect(await me(bearer(key))).toMatchObject({ kind: "tenant", scopes: ["read"], expiresAt });
});

test("an operator's key is told that it is one", async () => {
  expect(await me(operatorHeaders)).toEqual({
    kind: "operator",
    tenantId: null,
    scopes: [],
    expiresAt: null,
    syncId: null,
  });
});

test("a page's token is told what it may watch and until when, also one of a single sync", async () => {
  const owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
  const syncId = await addSync(api.pool, owner);
  for (const [body, only] of [
    [{}, null],
    [{ syncId }, syncId],
  ] as const) {
    const { token, expiresAt } = await make("/v1/browser-tokens", body);
    expect(await me(bearer(token))).toEqual({
      kind: "browser",
      tenantId: tenant.tenantId,
      scopes: ["read"],
      expiresAt,
      syncId: only,
    });
  }
});

test("nobody else is told anything", async () => {
  for (const headers of [{}, bearer("mr_none"), bearer("mrb_none"), bearer("mro_none")])
    expect((await api.app.inject({ url: "/v1/me", headers })).statusCode).toBe(401);
});
