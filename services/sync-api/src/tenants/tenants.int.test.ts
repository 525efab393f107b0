import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operatorHeaders, startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
  tenant = await api.addTenant();
});
afterAll(() => api?.stop());

type Method = "GET" | "POST" | "PATCH" | "DELETE";

async function ask(headers: Record<string, string>, method: Method, url: string, payload?: object) {
  const answer = await api.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

const asOperator = (method: Method, url: string, payload?: object) =>
  ask(operatorHeaders, method, url, payload);

describe("an operator", () => {
  test("creates a tenant, gives it its first key, and the tenant is on its own from then on", async () => {
    const made = await asOperator("POST", "/v1/tenants", { id: "initech", name: "Initech", weight: 2 });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: "/v1/tenants/initech" },
      body: { id: "initech", name: "Initech", weight: 2, runningSyncsMax: null, returnUrls: [] },
    });
    const { status, body: first } = await asOperator("POST", "/v1/tenants/initech/keys", {
      name: "first",
      scopes: ["admin", "read"],
    });
    expect(status).toBe(201);
    const own = { authorization: `Bearer ${first.key}` };
    expect((await ask(own, "GET", "/v1/tenant")).body).toEqual(made.body);
    const changed = await ask(own, "PATCH", "/v1/tenant", { returnUrls: ["https://app.initech.example"] });
    expect(changed.body.returnUrls).toEqual(["https://app.initech.example/"]);
    expect((await ask(own, "GET", "/v1/keys")).body.items).toMatchObject([{ id: first.id, name: "first" }]);
  });

  test("finds a tenant in the list, page by page, and no tenant twice", async () => {
    for (const id of ["aa1", "aa2", "aa3"]) await asOperator("POST", "/v1/tenants", { id, name: id });
    const ids: string[] = [];
    let url = "/v1/tenants?limit=2";
    for (let page = 0; page < 20; page++) {
      const { body } = await asOperator("GET", url);
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.nextCursor === null) break;
      url = `/v1/tenants?limit=2&cursor=${body.nextCursor}`;
    }
    expect(ids).toEqual(expect.arrayContaining(["aa1", "aa2", "aa3", tenant.tenantId]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is told of a tenant that is there already, and of one that is not", async () => {
    const again = await asOperator("POST", "/v1/tenants", { id: tenant.tenantId, name: "again" });
    expect(again).toMatchObject({ status: 409, body: { code: "tenant_exists" } });
    expect((await asOperator("GET", "/v1/tenants/nobody")).status).toBe(404);
    expect((await asOperator("PATCH", "/v1/tenants/nobody", { weight: 2 })).status).toBe(404);
    expect((await asOperator("POST", "/v1/tenants/nobody/keys", { name: "x" })).status).toBe(404);
  });

  test("sets and takes away a cap, and what is not named stays", async () => {
    const url = `/v1/tenants/${tenant.tenantId}`;
    await asOperator("PATCH", url, { runningSyncsMax: 3, browserOrigins: ["https://app.example.com"] });
    await asOperator("PATCH", url, { weight: 0.5 });
    expect((await asOperator("GET", url)).body).toMatchObject({
      runningSyncsMax: 3,
      weight: 0.5,
      browserOrigins: ["https://app.example.com"],
    });
    await asOperator("PATCH", url, { runningSyncsMax: null });
    expect((await asOperator("GET", url)).body).toMatchObject({ runningSyncsMax: null, weight: 0.5 });
  });

  test("sees no mail, and asks for nothing in a tenant's name", async () => {
    for (const url of [
      "/v1/accounts",
      "/v1/syncs",
      "/v1/events/stream",
      "/v1/stream",
      "/v1/keys",
      "/v1/tenant",
    ])
      expect(await asOperator("GET", url)).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect((await asOperator("POST", "/v1/syncs", { accountId: "acc_1" })).status).toBe(403);
  });
});

describe("a tenant", () => {
  test("with all scopes there are is no operator", async () => {
    const attempts: [Method, string, object?][] = [
      ["GET", "/v1/tenants"],
      ["GET", `/v1/tenants/${tenant.tenantId}`],
      ["POST", "/v1/tenants", { name: "mine" }],
      ["PATCH", `/v1/tenants/${tenant.tenantId}`, { weight: 100 }],
      ["POST", `/v1/tenants/${tenant.tenantId}/keys`, { name: "x" }],
      ["GET", `/v1/tenants/${tenant.tenantId}/audit`],
    ];
    for (const [method, url, body] of attempts)
      expect(await ask(tenant.headers, method, url, body), `${method} ${url}`).toMatchObject({
        status: 403,
        body: { code: "forbidden" },
      });
  });

  test("does not give itself more of the machines", async () => {
    for (const change of [{ weight: 100 }, { runningSyncsMax: null }, { id: "other" }])
      expect((await ask(tenant.headers, "PATCH", "/v1/tenant", change)).status).toBe(400);
  });

  test.each([
    "http://app.example.com/",
    "https://user:secret@app.example.com/",
    "https://app.example.com/#x",
    "https://app.example.com/?next=https://evil.example",
    "javascript:alert(1)",
    "//app.example.com",
    "/relative",
  ])("does not send people to %s", async (address) => {
    expect((await ask(tenant.headers, "PATCH", "/v1/tenant", { returnUrls: [address] })).status).toBe(400);
  });

  test.each(["*", "null", "https://app.example.com/", "https://app.example.com/path", "http://evil.example"])(
    "does not open its answers to pages of %s",
    async (origin) => {
      const answer = await ask(tenant.headers, "PATCH", "/v1/tenant", { browserOrigins: [origin] });
      expect(answer.status).toBe(400);
    },
  );
});

test("an operator's key that is not known is nobody's, however much it is like one", async () => {
  const like = operatorHeaders.authorization.slice(0, -1);
  for (const authorization of [like, `${like}!`, `Bearer mro_${"x".repeat(32)}`])
    expect((await ask({ authorization }, "GET", "/v1/tenants")).status).toBe(401);
});

test("a weight comes back as it was given, and addresses with wildcards are refused", async () => {
  const made = await asOperator("POST", "/v1/tenants", { name: "Light", weight: 0.01 });
  expect(made.body.weight).toBe(0.01);
  const url = `/v1/tenants/${made.body.id}`;
  expect((await asOperator("PATCH", url, { weight: 0.1 })).body.weight).toBe(0.1);
  for (const change of [{ browserOrigins: ["https://*.example.com"] }, { returnUrls: ["https://*"] }])
    expect((await asOperator("PATCH", url, change)).status).toBe(400);
});
