import { loadAccount } from "@millrace/shared/postgres/load-account";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startProjector } from "../projector/start-projector.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";
import { factsOf, loseConsentInLog, startInLog } from "../testing/tell-log.ts";

let api: TestApi;
let tenant: TestTenant;
let ref: { tenantId: string; accountId: string };

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
  const payload = { provider: "gmail", email: "a@example.com", credentials: { refreshToken: "old" } };
  const answer = await api.app.inject({
    method: "POST",
    url: "/v1/accounts",
    headers: tenant.headers,
    payload,
  });
  ref = { tenantId: tenant.tenantId, accountId: answer.json().id };
});
afterAll(() => api?.stop());

const reconnect = (refreshToken = "new", headers = tenant.headers) =>
  api.app.inject({
    method: "POST",
    url: `/v1/accounts/${ref.accountId}/credentials`,
    headers,
    payload: { credentials: { refreshToken } },
  });
const version = async () =>
  (await api.pool.query("select credentials_version as version from accounts where id = $1", [ref.accountId]))
    .rows[0]?.version;
const courseFacts = () => factsOf(api, ref, "sync");

test("new credentials take the place of the old ones, sealed, and the version tells them apart", async () => {
  const answer = await reconnect();
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ id: ref.accountId, status: "connected", reauth: null });
  expect(answer.body).not.toContain("new");
  expect(await loadAccount(api.pool, api.keyring, ref)).toMatchObject({ refreshToken: "new" });
  expect(await version()).toBe(2);
  expect(await courseFacts()).toEqual([]); // nothing waited for it
});

test("the syncs that paused for it go on, those that a person paused do not, and again it is no other fact", async () => {
  const running = await startInLog(api, ref);
  await loseConsentInLog(api, ref, running);
  const { syncId: waiting } = (
    await api.app.inject({
      method: "POST",
      url: "/v1/syncs",
      headers: tenant.headers,
      payload: { accountId: ref.accountId },
    })
  ).json();
  await api.app.inject({ method: "POST", url: `/v1/syncs/${waiting}/pause`, headers: tenant.headers });
  await Promise.all([reconnect(), reconnect()]);
  await reconnect();
  const reconnections = (await courseFacts()).filter(({ type }) => type === "account.reconnected");
  expect(reconnections).toMatchObject([
    { resumed: [running], course: { consentLost: null, held: [{ syncId: waiting }], active: { run: 1 } } },
  ]);
});

test("an account says since when it has to be connected again, and what the provider said", async () => {
  const projector = startProjector({ nats: api.nats, pool: api.pool, log: api.app.log as never });
  try {
    const shown = async () =>
      (await api.app.inject({ url: `/v1/accounts/${ref.accountId}`, headers: tenant.headers })).json();
    expect(await shown()).toMatchObject({ status: "connected", reauth: null });
    await loseConsentInLog(api, ref, await startInLog(api, ref));
    await expect.poll(shown, { timeout: 10_000 }).toMatchObject({
      status: "reauth_required",
      reauth: { since: "2026-01-01T00:00:00.000Z", message: "invalid_grant" },
    });
    expect((await reconnect()).json()).toMatchObject({ status: "connected", reauth: null });
    await expect.poll(shown, { timeout: 10_000 }).toMatchObject({ status: "connected", reauth: null });
  } finally {
    await projector.stop();
  }
});

test("a broker that is away in between is 503; asking again gets the syncs going", async () => {
  await loseConsentInLog(api, ref, await startInLog(api, ref));
  await api.natsServer.kill();
  const refused = await reconnect();
  await api.natsServer.restart();
  expect([refused.statusCode, refused.json().code]).toEqual([503, "broker_unavailable"]);
  expect(await version()).toBe(2); // they are stored
  await expect.poll(async () => (await reconnect()).statusCode, { timeout: 20_000, interval: 500 }).toBe(200);
  expect((await courseFacts()).at(-1)).toMatchObject({ type: "account.reconnected" });
});

test("another tenant's account and wrong bodies change nothing", async () => {
  const other = await api.addTenant();
  expect((await reconnect("stolen", other.headers)).statusCode).toBe(404);
  for (const payload of [
    {},
    { credentials: {} },
    { credentials: { refreshToken: "" } },
    { credentials: "x" },
  ]) {
    const url = `/v1/accounts/${ref.accountId}/credentials`;
    const answer = await api.app.inject({ method: "POST", url, headers: tenant.headers, payload });
    expect([answer.statusCode, answer.json().code]).toEqual([400, "invalid_request"]);
  }
  expect(await version()).toBe(1);
});

test("a mailbox that is connected already names the address that takes new credentials", async () => {
  const payload = { provider: "gmail", email: "A@example.com", credentials: { refreshToken: "again" } };
  const answer = await api.app.inject({
    method: "POST",
    url: "/v1/accounts",
    headers: tenant.headers,
    payload,
  });
  expect(answer.statusCode).toBe(409);
  expect(answer.json().detail).toContain(`/v1/accounts/${ref.accountId}/credentials`);
});
