import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
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

const send = (method: "POST" | "PATCH", url: string, payload: object, headers = tenant.headers) =>
  api.app.inject({ method, url, headers, payload });
const connect = (more: object = {}) =>
  send("POST", "/v1/accounts", {
    provider: "gmail",
    email: "a@example.com",
    credentials: { refreshToken: "r" },
    ...more,
  });
const msUntil = (time: string) => Date.parse(time) - Date.now();

test("an account is looked at adaptively unless something else is asked for, the first time within a quarter of an hour", async () => {
  const account = (await connect()).json();
  expect(account).toMatchObject({ schedule: { kind: "adaptive", mode: "auto" }, lastRunAt: null });
  expect(msUntil(account.nextRunAt)).toBeGreaterThan(-1_000);
  expect(msUntil(account.nextRunAt)).toBeLessThanOrEqual(15 * 60_000);
});

test("a schedule is set with the account, changed, and taken away; what is not named stays", async () => {
  const account = (await connect({ schedule: { kind: "interval", seconds: 600 } })).json();
  const url = `/v1/accounts/${account.id}`;
  expect(account.schedule).toEqual({ kind: "interval", seconds: 600, mode: "auto" });
  expect(msUntil(account.nextRunAt)).toBeLessThanOrEqual(600_000);

  const cron = { kind: "cron", expression: "0 3 * * *", timeZone: "Europe/Berlin", mode: "full" };
  const planned = (await send("PATCH", url, { schedule: cron })).json();
  expect(planned.schedule).toEqual(cron);
  expect(planned.nextRunAt).toMatch(/T0[12]:00:00/);

  const kept = (await send("PATCH", url, { attachments: "lazy" })).json();
  expect(kept).toMatchObject({ attachments: "lazy", schedule: cron, nextRunAt: planned.nextRunAt });

  const none = (await send("PATCH", url, { schedule: { kind: "none" } })).json();
  expect(none).toMatchObject({ attachments: "lazy", schedule: { kind: "none" }, nextRunAt: null });
});

test.each([
  ["an expression", { kind: "cron", expression: "61 3 * * *" }, "#/schedule/expression", /61/],
  ["a day that never comes", { kind: "cron", expression: "0 0 30 2 *" }, "#/schedule/expression", /no day/],
  [
    "a time zone",
    { kind: "cron", expression: "0 3 * * *", timeZone: "Mars/X" },
    "#/schedule/timeZone",
    /time zone/,
  ],
  ["seconds", { kind: "interval", seconds: 1 }, "#/schedule/seconds", /60/],
  ["a kind", { kind: "hourly" }, "#/schedule/kind", /./],
])(
  "%s that is none is 400 that says what is wrong, and nothing changes",
  async (_, schedule, pointer, words) => {
    const { id } = (await connect()).json();
    const answer = await send("PATCH", `/v1/accounts/${id}`, { schedule });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ in: "body", pointer, detail: expect.stringMatching(words) }]);
    const shown = await api.app.inject({ url: `/v1/accounts/${id}`, headers: tenant.headers });
    expect(shown.json().schedule.kind).toBe("adaptive");
  },
);

test("another tenant's schedule cannot be set", async () => {
  const { id } = (await connect()).json();
  const other = await api.addTenant();
  const answer = await send("PATCH", `/v1/accounts/${id}`, { schedule: { kind: "none" } }, other.headers);
  expect(answer.statusCode).toBe(404);
  const shown = await api.app.inject({ url: `/v1/accounts/${id}`, headers: tenant.headers });
  expect(shown.json().schedule.kind).toBe("adaptive");
});
