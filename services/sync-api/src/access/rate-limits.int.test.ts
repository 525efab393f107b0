import { afterAll, beforeAll, expect, test } from "vitest";
import type { Api } from "../api.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";
import type { RatesMax } from "./rate-limits.ts";

const unlimited: RatesMax = { perCaller: null, perAddress: null, refusedPerAddress: null };

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
  tenant = await api.addTenant();
});
afterAll(() => api?.stop());

const copyWith = (ratesMax: Partial<RatesMax>, trustProxy: boolean | string = false) =>
  api.buildCopy({ ratesMax: { ...unlimited, ...ratesMax }, trustProxy });

async function statuses(app: Api, times: number, headers: Record<string, string>): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) seen.push((await app.inject({ url: "/v1/accounts", headers })).statusCode);
  return seen;
}

test("a key that asks too often is told when to go on; others go on", async () => {
  const app = await copyWith({ perCaller: 3 });
  expect(await statuses(app, 5, tenant.headers)).toEqual([200, 200, 200, 429, 429]);
  const answer = await app.inject({ url: "/v1/accounts", headers: tenant.headers });
  expect(answer.json()).toMatchObject({ code: "too_many_requests", status: 429 });
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect(Number(answer.headers["retry-after"])).toBeLessThanOrEqual(60);
  const other = await api.addTenant();
  expect(await statuses(app, 3, other.headers)).toEqual([200, 200, 200]);
});

test("an address that asks too often is refused, whatever it shows", async () => {
  const app = await copyWith({ perAddress: 3 });
  const other = await api.addTenant();
  expect(await statuses(app, 2, tenant.headers)).toEqual([200, 200]);
  expect(await statuses(app, 2, other.headers)).toEqual([200, 429]);
  expect(await statuses(app, 1, {})).toEqual([429]);
});

test("whoever tries keys is told to wait after some, and those who have one at the same address are not", async () => {
  const app = await copyWith({ refusedPerAddress: 2 });
  expect(await statuses(app, 5, tenant.headers)).toEqual([200, 200, 200, 200, 200]);
  const guess = { authorization: `Bearer mr_${"x".repeat(32)}` };
  expect(await statuses(app, 4, guess)).toEqual([401, 401, 429, 429]);
  expect(await statuses(app, 1, tenant.headers)).toEqual([200]);
});

test("tokens for browsers count for the key that made them, however many they are", async () => {
  const app = await copyWith({ perCaller: 4 });
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) {
    const made = await app.inject({
      method: "POST",
      url: "/v1/browser-tokens",
      headers: tenant.headers,
      payload: {},
    });
    seen.push(made.statusCode);
    if (made.statusCode === 201)
      seen.push(...(await statuses(app, 1, { authorization: `Bearer ${made.json().token}` })));
  }
  expect(seen).toEqual([201, 200, 201, 200, 429]);
});

test("what a caller may not ask counts as well", async () => {
  const app = await copyWith({ perCaller: 2 });
  const refused = async () => (await app.inject({ url: "/v1/tenants", headers: tenant.headers })).statusCode;
  expect([await refused(), await refused(), await refused()]).toEqual([403, 403, 429]);
});

test("the address is the connection's; a proxy's word counts only where it is believed", async () => {
  const forwarded = (address: string) => ({ ...tenant.headers, "x-forwarded-for": address });
  const direct = await copyWith({ perAddress: 2 });
  expect([
    ...(await statuses(direct, 2, forwarded("192.0.2.1"))),
    ...(await statuses(direct, 1, forwarded("192.0.2.2"))),
  ]).toEqual([200, 200, 429]);
  const behind = await copyWith({ perAddress: 2 }, "loopback");
  expect([
    ...(await statuses(behind, 3, forwarded("192.0.2.1"))),
    ...(await statuses(behind, 1, forwarded("192.0.2.2"))),
  ]).toEqual([200, 200, 429, 200]);
});

test("an IPv6 network is one address", async () => {
  const app = await copyWith({ perAddress: 2 }, "loopback");
  const from = (address: string) => ({ ...tenant.headers, "x-forwarded-for": address });
  const seen = [];
  for (const last of ["1", "2", "3"]) seen.push(...(await statuses(app, 1, from(`2001:db8:1:2::${last}`))));
  seen.push(...(await statuses(app, 1, from("2001:db8:1:3::1"))));
  expect(seen).toEqual([200, 200, 429, 200]);
});

test("health is answered however often it is asked", async () => {
  const app = await copyWith({ perAddress: 1 });
  for (let i = 0; i < 5; i++) expect((await app.inject({ url: "/healthz" })).statusCode).toBe(200);
});
