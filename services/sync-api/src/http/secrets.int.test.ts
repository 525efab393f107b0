import { afterAll, beforeAll, expect, test } from "vitest";
import { openStream } from "../testing/open-stream.ts";
import { startTestApi, type TestApi } from "../testing/start-test-api.ts";

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

test("a marked token, a marked key and marked search words come back in no response and stand in no log", async () => {
  const token = "MARKED-refresh-token-5f2c";
  const words = "MARKEDwords7a1b";
  const { headers, key, tenantId } = await api.addTenant();
  const heard: string[] = [];
  const ask = async (request: {
    url: string;
    method?: "GET" | "POST";
    payload?: object | string;
    headers?: object;
  }) => {
    const answer = await api.app.inject({ ...request, headers: { ...headers, ...request.headers } });
    heard.push(answer.body, JSON.stringify(answer.headers));
    return answer;
  };
  const account = { provider: "gmail", email: "a@example.com", credentials: { refreshToken: token } };
  const { id } = (await ask({ method: "POST", url: "/v1/accounts", payload: account })).json();
  // All the ways to go wrong with a secret in hand.
  const wrong: (object | string)[] = [
    account, // again: 409
    { ...account, provider: token },
    { ...account, email: token },
    { ...account, content: token },
    { ...account, credentials: { refreshToken: `${token}\u0000` } },
    { ...account, credentials: token },
    { ...account, credentials: { refreshToken: token, extra: token } },
    JSON.stringify(account).slice(0, -1),
    token,
  ];
  for (const payload of wrong) {
    const answer = await ask({
      method: "POST",
      url: "/v1/accounts",
      payload,
      headers: { "content-type": "application/json" },
    });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  }
  for (const payload of [{ credentials: { refreshToken: token } }, { credentials: token }, { token }]) {
    await ask({ method: "POST", url: `/v1/accounts/${id}/credentials`, payload });
  }
  await ask({
    method: "POST",
    url: "/v1/syncs",
    payload: { accountId: id },
    headers: { "idempotency-key": token },
  });
  for (const url of [
    "/v1/accounts",
    `/v1/accounts/${id}`,
    `/v1/accounts?email=${token}`,
    `/v1/accounts/${id}/messages?q=${words}`,
    `/v1/accounts/${id}/messages?cursor=${token}`,
    "/v1/syncs",
    "/v1/events",
    `/nothing/${token}`,
    `/v1/nothing?key=${key}`,
    `/v1/syncs/${token}%20x`,
    "/readyz",
    "/openapi.json",
  ]) {
    await ask({ url });
  }
  await ask({ url: "/v1/accounts", headers: { authorization: `Bearer ${key}x` } });
  await ask({ url: "/v1/accounts", headers: { authorization: `Basic ${key}` } });
  const stream = await openStream(`${api.url}/v1/stream`, headers);
  heard.push(JSON.stringify([...stream.headers]));
  stream.leave();
  await expect.poll(() => api.logLines.some((line) => line.includes("the client left"))).toBe(true);

  const secrets = [token, key, key.slice(3), words];
  const told = [...heard, ...api.logLines].join("\n");
  expect(told).toContain(tenantId); // what is logged was really looked at
  for (const secret of secrets) expect(told).not.toContain(secret);
  const { rows } = await api.pool.query(
    "select to_jsonb(accounts) as row from accounts where tenant_id = $1",
    [tenantId],
  );
  expect(JSON.stringify(rows)).not.toContain(token);
  const keys = await api.pool.query("select to_jsonb(api_keys) as row from api_keys");
  expect(JSON.stringify(keys.rows)).not.toContain(key);
});
