import { newId } from "@millrace/shared/events/identifiers";
import { workStream } from "@millrace/shared/nats/topology";
import { beginForSync } from "@millrace/shared/verify/begin-for-sync";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { addAccount } from "../testing/fill-views.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let accountId: string;

beforeAll(async () => {
  api = await startTestApi();
});
beforeEach(async () => {
  tenant = await api.addTenant();
  accountId = await addAccount(api.pool, tenant.tenantId);
});
afterAll(() => api?.stop());

const verify = (payload?: object, headers = tenant.headers, id = accountId) =>
  api.app.inject({
    method: "POST",
    url: `/v1/accounts/${id}/verify`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
const get = (url: string, headers = tenant.headers) => api.app.inject({ url, headers });

const queued = (verificationId: string) =>
  api.nats.jsm.streams.getMessage(workStream.name, {
    last_by_subj: `work.list.${tenant.tenantId}.${accountId}.${verificationId}`,
  });

test("202 is said when its work is on the queue, and it is shown from then on", async () => {
  const answer = await verify();
  expect(answer.statusCode).toBe(202);
  const { verificationId, links } = answer.json();
  expect(answer.headers.location).toBe(links.self);
  expect((await queued(verificationId))?.json()).toMatchObject({
    kind: "verify",
    syncId: verificationId,
    repair: false,
  });
  const shown = await get(links.self);
  expect(shown.json()).toMatchObject({
    id: verificationId,
    accountId,
    status: "running",
    repair: false,
    listed: 0,
    stored: null,
    missing: null,
    examples: { missing: [], extra: [], changed: [] },
    progress: { step: "begin", pages: 0 },
    failure: null,
    endedAt: null,
  });
});

test("while one runs, asking gives that one, also at once; a repair can be added to it and not taken from it", async () => {
  const answers = await Promise.all([verify(), verify({ repair: true }), verify({})]);
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
  const ids = new Set(answers.map((answer) => answer.json().verificationId));
  expect(ids.size).toBe(1);
  expect((await get(answers[0]?.json().links.self)).json().repair).toBe(true);
  const [id] = ids;
  await api.pool.query("update verifications set status = 'failed', ended_at = now() where id = $1", [id]);
  expect((await verify()).json().verificationId).not.toBe(id);
});

test("one that a sync runs for itself is not the one that is asked for, and stays as it is", async () => {
  const own = newId("ver");
  await beginForSync(api.pool, { tenantId: tenant.tenantId, accountId }, own, "s1");
  const [first, second] = [await verify({ repair: true }), await verify()];
  expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
  const { verificationId } = first.json();
  expect(verificationId).not.toBe(own);
  expect(second.json().verificationId).toBe(verificationId);
  expect(await queued(own)).toBeNull();
  const { rows } = await api.pool.query("select repair, status, sync_id from verifications where id = $1", [
    own,
  ]);
  expect(rows).toEqual([{ repair: false, status: "running", sync_id: "s1" }]);
});

test("one that has ended shows its counts and up to 20 ids of each kind", async () => {
  const { verificationId, links } = (await verify()).json();
  await api.pool.query(
    `insert into verification_messages (verification_id, provider_id, tenant_id, finding)
     select $1, 'm' || lpad(n::text, 3, '0'), $2, case when n <= 25 then 'missing' else 'changed' end
     from generate_series(1, 27) as n`,
    [verificationId, tenant.tenantId],
  );
  expect((await get(links.self)).json().examples.missing).toEqual([]); // not confirmed yet
  await api.pool.query(
    `update verifications set status = 'completed', listed = 100, stored = 75, missing = 25, extra = 0, changed = 2,
       repair_sync_id = 'syn_r', started_at = now(), ended_at = now() where id = $1`,
    [verificationId],
  );
  const shown = (await get(links.self)).json();
  expect(shown).toMatchObject({
    status: "completed",
    listed: 100,
    stored: 75,
    missing: 25,
    extra: 0,
    changed: 2,
  });
  expect(shown.repairSyncId).toBe("syn_r");
  expect(shown.examples.missing).toHaveLength(20);
  expect(shown.examples).toMatchObject({ extra: [], changed: ["m026", "m027"] });
});

test("another tenant's account, an unknown one and wrong bodies are refused, and another account's verification is 404", async () => {
  const other = await api.addTenant();
  const { links, verificationId } = (await verify()).json();
  expect((await verify({}, other.headers)).statusCode).toBe(404);
  expect((await verify({}, tenant.headers, "acc_unknown")).statusCode).toBe(404);
  expect((await get(links.self, other.headers)).statusCode).toBe(404);
  const second = await addAccount(api.pool, tenant.tenantId);
  expect((await get(`/v1/accounts/${second}/verifications/${verificationId}`)).statusCode).toBe(404);
  expect((await get(`/v1/accounts/${accountId}/verifications/ver_unknown`)).statusCode).toBe(404);
  for (const body of [{ repair: "yes" }, { x: 1 }, []]) {
    const answer = await verify(body);
    expect([answer.statusCode, answer.json().code]).toEqual([400, "invalid_request"]);
  }
});

test("a broker that is away is 503; asking again queues the same verification", async () => {
  await api.natsServer.kill();
  const refused = await verify();
  await api.natsServer.restart();
  expect([refused.statusCode, refused.json().code]).toEqual([503, "broker_unavailable"]);
  await expect.poll(async () => (await verify()).statusCode, { timeout: 20_000, interval: 500 }).toBe(202);
  const { verificationId } = (await verify()).json();
  expect((await queued(verificationId))?.json()).toMatchObject({ kind: "verify", syncId: verificationId });
  const { rows } = await api.pool.query("select from verifications where account_id = $1", [accountId]);
  expect(rows).toHaveLength(1);
});

test("an account shows when it is compared, what was found last, and how often in a row", async () => {
  const dueAt = new Date("2026-12-24T00:00:00Z");
  expect((await get(`/v1/accounts/${accountId}`)).json().verification).toEqual({
    nextAt: null,
    lastAt: null,
    lastId: null,
    differences: null,
    driftsInRow: 0,
  });
  await api.pool.query(
    "insert into verification_turns (account_id, tenant_id, every_days, due_at) values ($1, $2, 7, $3)",
    [accountId, tenant.tenantId, dueAt],
  );
  for (const [name, hour, drifts] of [
    ["old", 1, 1],
    ["new", 2, 2],
  ] as const)
    await api.pool.query(
      `insert into verifications (id, tenant_id, account_id, repair, trigger, status, position, missing, extra, changed,
         drifts_in_row, ended_at)
       values ($1 || $2, $3, $2, true, 'schedule', 'completed', '{"step":"finish"}', 3, 2, 1, $4, $5)`,
      [name, accountId, tenant.tenantId, drifts, new Date(`2026-11-24T0${hour}:00:00Z`)],
    );
  const wanted = {
    nextAt: dueAt.toISOString(),
    lastAt: "2026-11-24T02:00:00.000Z",
    lastId: `new${accountId}`,
    differences: 6,
    driftsInRow: 2,
  };
  expect((await get(`/v1/accounts/${accountId}`)).json().verification).toEqual(wanted);
  expect((await get("/v1/accounts")).json().items[0].verification).toEqual(wanted);
  expect((await get(`/v1/accounts/${accountId}/verifications/new${accountId}`)).json()).toMatchObject({
    trigger: "schedule",
    driftsInRow: 2,
  });
});

test("who asks for one that was begun by schedule need not wait for what others leave", async () => {
  await api.pool.query(
    `insert into verifications (id, tenant_id, account_id, repair, trigger, position)
     values ($1 || 's', $2, $1, true, 'schedule', '{"step":"begin"}')`,
    [accountId, tenant.tenantId],
  );
  expect((await verify()).json().verificationId).toBe(`${accountId}s`);
  expect((await get(`/v1/accounts/${accountId}/verifications/${accountId}s`)).json()).toMatchObject({
    trigger: "api",
    repair: true,
  });
  expect((await queued(`${accountId}s`))?.json()).not.toHaveProperty("isScheduled");
});

test("a tenant says how often its mailboxes are compared: never, in days, or as for everybody", async () => {
  const change = (verifyEveryDays: unknown) =>
    api.app.inject({
      method: "PATCH",
      url: "/v1/tenant",
      headers: tenant.headers,
      payload: { verifyEveryDays },
    });
  for (const days of [0, 30, null])
    expect((await change(days)).json()).toMatchObject({ verifyEveryDays: days });
  expect((await change(-1)).statusCode).toBe(400);
});
