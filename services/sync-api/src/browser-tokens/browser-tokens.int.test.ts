import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addSync } from "../testing/fill-views.ts";
import { openStream } from "../testing/open-stream.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

const page = "https://app.example.com";

let api: TestApi;
let tenant: TestTenant;
let accountId: string;
let syncId: string;
let otherSyncId: string;

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
  accountId = await addAccount(api.pool, tenant.tenantId);
  syncId = await addSync(api.pool, { tenantId: tenant.tenantId, accountId }, { seq: 5 });
  otherSyncId = await addSync(api.pool, { tenantId: tenant.tenantId, accountId }, { seq: 6 });
});
afterAll(() => api?.stop());

async function makeToken(body: object = {}, key: TestTenant["headers"] = tenant.headers): Promise<string> {
  const answer = await api.app.inject({
    method: "POST",
    url: "/v1/browser-tokens",
    headers: key,
    payload: body,
  });
  expect(answer.statusCode).toBe(201);
  return answer.json().token;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const statusOf = async (token: string, url: string, method: "GET" | "POST" | "DELETE" | "PATCH" = "GET") =>
  (
    await api.app.inject({
      url,
      method,
      headers: bearer(token),
      ...(method === "GET" ? {} : { payload: {} }),
    })
  ).statusCode;

describe("what it opens", () => {
  test("of a tenant: what can be watched, and neither mail nor the audit trail nor anything that changes something", async () => {
    const token = await makeToken();
    for (const url of ["/v1/syncs", `/v1/syncs/${syncId}`, `/v1/syncs/${syncId}/chunks`, "/v1/accounts"])
      expect(await statusOf(token, url), url).toBe(200);
    const closed = ["/v1/events", "/v1/keys", "/v1/tenant", "/v1/audit", "/v1/dead-letters", "/v1/tenants"];
    for (const url of [...closed, `/v1/accounts/${accountId}/messages`, `/v1/syncs/${syncId}/events`])
      expect(await statusOf(token, url), url).toBe(403);
    expect(await statusOf(token, "/v1/syncs", "POST")).toBe(403);
    expect(await statusOf(token, `/v1/syncs/${syncId}/cancel`, "POST")).toBe(403);
    expect(await statusOf(token, `/v1/accounts/${accountId}`, "PATCH")).toBe(403);
    expect(await statusOf(token, "/v1/browser-tokens", "POST")).toBe(403);
  });

  test("of one sync: that one, and no other, and no list", async () => {
    const token = await makeToken({ syncId });
    expect(await statusOf(token, `/v1/syncs/${syncId}`)).toBe(200);
    for (const url of [`/v1/syncs/${otherSyncId}`, "/v1/syncs", "/v1/accounts", `/v1/accounts/${accountId}`])
      expect(await statusOf(token, url), url).toBe(403);
    expect(await statusOf(token, "/v1/stream")).toBe(403);
  });

  test("nothing of another tenant", async () => {
    const other = await api.addTenant();
    const token = await makeToken({}, other.headers);
    expect(await statusOf(token, `/v1/syncs/${syncId}`)).toBe(404);
    const refused = await api.app.inject({
      method: "POST",
      url: "/v1/browser-tokens",
      headers: other.headers,
      payload: { syncId },
    });
    expect(refused.statusCode).toBe(404);
  });
});

describe("in an address", () => {
  test("it opens streams, where a browser cannot set headers, and nothing else", async () => {
    const token = await makeToken();
    const stream = await openStream(`${api.url}/v1/syncs/${syncId}/stream?access_token=${token}`, {});
    expect(stream.status).toBe(200);
    await stream.waitFor(1);
    stream.leave();
    for (const url of [`/v1/syncs/${syncId}?access_token=${token}`, `/v1/accounts?access_token=${token}`])
      expect((await api.app.inject({ url })).statusCode, url).toBe(401);
    expect(api.logLines.join("\n")).not.toContain(token.slice(4));
  });

  test("a key opens nothing, streams neither", async () => {
    const { statusCode } = await api.app.inject({ url: `/v1/stream?access_token=${tenant.key}` });
    expect(statusCode).toBe(401);
  });
});

describe("its end", () => {
  test("is that of its key, revoked or run out, at once", async () => {
    const token = await makeToken();
    expect(await statusOf(token, "/v1/syncs")).toBe(200);
    await api.pool.query("update api_keys set expires_at = now() where tenant_id = $1", [tenant.tenantId]);
    expect(await statusOf(token, "/v1/syncs")).toBe(401);
    await api.pool.query("update api_keys set expires_at = null, revoked_at = now() where tenant_id = $1", [
      tenant.tenantId,
    ]);
    expect(await statusOf(token, "/v1/syncs")).toBe(401);
  });

  test("ends the streams that were opened with it", async () => {
    const token = await makeToken();
    await api.pool.query("update browser_tokens set expires_at = now() + interval '1.5 s'");
    const began = Date.now();
    const stream = await openStream(`${api.url}/v1/syncs/${syncId}/stream?access_token=${token}`, {});
    await stream.waitFor(1);
    await stream.closed;
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(await statusOf(token, "/v1/syncs")).toBe(401);
  });

  test.each(["key", "token"])(
    "ends within seconds the streams that the %s had opened, when the key is revoked",
    async (what) => {
      const token = await makeToken();
      const secret = what === "key" ? { authorization: `Bearer ${tenant.key}` } : {};
      const query = what === "key" ? "" : `?access_token=${token}`;
      const stream = await openStream(`${api.url}/v1/syncs/${syncId}/stream${query}`, secret);
      await stream.waitFor(1);
      await api.pool.query("update api_keys set revoked_at = now() where tenant_id = $1", [tenant.tenantId]);
      const began = Date.now();
      await stream.closed;
      expect(Date.now() - began).toBeLessThan(10_000);
    },
    20_000,
  );

  test("comes within an hour", async () => {
    for (const expiresInSeconds of [29, 3_601, 86_400]) {
      const answer = await api.app.inject({
        method: "POST",
        url: "/v1/browser-tokens",
        headers: tenant.headers,
        payload: { expiresInSeconds },
      });
      expect(answer.statusCode).toBe(400);
    }
  });
});

describe("pages", () => {
  const allow = "access-control-allow-origin";
  const ask = async (headers: Record<string, string>, url = "/v1/syncs") =>
    (await api.app.inject({ url, headers })).headers[allow];

  beforeEach(async () => {
    await api.app.inject({
      method: "PATCH",
      url: "/v1/tenant",
      headers: tenant.headers,
      payload: { browserOrigins: [page] },
    });
  });

  test("of the tenant's origins read the answer, others do not, and what a key is answered nobody reads", async () => {
    const token = bearer(await makeToken());
    expect(await ask({ ...token, origin: page })).toBe(page);
    for (const origin of ["https://evil.example", "null", `${page}.evil.example`, `${page}:8443`])
      expect(await ask({ ...token, origin }), origin).toBeUndefined();
    expect(await ask({ ...tenant.headers, origin: page })).toBeUndefined();
    const other = bearer(await makeToken({}, (await api.addTenant()).headers));
    expect(await ask({ ...other, origin: page })).toBeUndefined();
  });

  test("see why they are refused, where the token is the tenant's, also one that has ended; others do not", async () => {
    const ofOne = await makeToken({ syncId });
    const ended = await makeToken();
    const tokens = "update browser_tokens set expires_at = now() where token_hash = $1";
    await api.pool.query(tokens, [createHash("sha256").update(ended).digest()]);
    const refusal = async (token: string, origin: string) => {
      const answer = await api.app.inject({ url: "/v1/accounts", headers: { ...bearer(token), origin } });
      return [answer.statusCode, answer.headers[allow]];
    };
    expect(await refusal(ofOne, page)).toEqual([403, page]);
    expect(await refusal(ended, page)).toEqual([401, page]);
    for (const origin of ["https://evil.example", "null"]) {
      expect(await refusal(ofOne, origin)).toEqual([403, undefined]);
      expect(await refusal(ended, origin)).toEqual([401, undefined]);
    }
    // Whose pages there are is told to nobody who has no token.
    expect(await refusal(`mrb_${"x".repeat(32)}`, page)).toEqual([401, undefined]);
    expect(await refusal(`${tenant.key}x`, page)).toEqual([401, undefined]);
  });

  test("see when to go on", async () => {
    const app = await api.buildCopy({
      ratesMax: { perCaller: 1, perAddress: null, refusedPerAddress: null },
    });
    const headers = { ...bearer(await makeToken()), origin: page };
    await app.inject({ url: "/v1/syncs", headers });
    const answer = await app.inject({ url: "/v1/syncs", headers });
    expect([answer.statusCode, answer.headers[allow]]).toEqual([429, page]);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
  });

  test("read streams as well", async () => {
    const token = await makeToken();
    const stream = await openStream(`${api.url}/v1/stream?access_token=${token}`, { origin: page });
    expect(stream.headers.get(allow)).toBe(page);
    stream.leave();
  });

  test("are told before they show a token what may be asked, where they may ask, and nowhere else", async () => {
    const preflight = (url: string, method = "GET") =>
      api.app.inject({
        method: "OPTIONS",
        url,
        headers: { origin: page, "access-control-request-method": method },
      });
    const answer = await preflight(`/v1/syncs/${syncId}`);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({ [allow]: page, "access-control-allow-methods": "GET, HEAD" });
    expect(answer.headers["access-control-allow-credentials"]).toBeUndefined();
    for (const url of ["/v1/keys", `/v1/accounts/${accountId}/messages`, "/v1/events"]) {
      const refused = await preflight(url);
      expect([refused.statusCode, refused.headers[allow]], url).toEqual([405, undefined]);
    }
  });
});
