import { isDecided, isPaused } from "@millrace/shared/events/evolve-course";
import type { CourseFact } from "@millrace/shared/events/facts";
import { requestStream } from "@millrace/shared/nats/topology";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Api } from "../api.ts";
import { startProjector } from "../projector/start-projector.ts";
import { addAccount, addSync, insertRow } from "../testing/fill-views.ts";
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
  ref = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterAll(() => api?.stop());

const post = (
  url: string,
  { headers = tenant.headers, app = api.app }: { headers?: object; app?: Api } = {},
) => app.inject({ method: "POST", url, headers: { ...headers } });
const control = (syncId: string, action: string, app?: Api) =>
  post(`/v1/syncs/${syncId}/${action}`, app === undefined ? {} : { app });

/** A sync that runs, in the log and in a view that no projector moves. */
async function runningSync(): Promise<string> {
  const syncId = await startInLog(api, ref);
  await addSync(api.pool, ref, { id: syncId });
  return syncId;
}

async function requestedSync(body: object = {}): Promise<string> {
  const answer = await api.app.inject({
    method: "POST",
    url: "/v1/syncs",
    headers: tenant.headers,
    payload: { accountId: ref.accountId, ...body },
  });
  return answer.json().syncId;
}

async function newest(): Promise<CourseFact> {
  const { fact } = await api.eventLog.lastCourseFact(ref);
  if (fact === null) throw new Error("The log has no fact of the account");
  return fact;
}
const types = async () => (await factsOf(api, ref, "sync")).map(({ type }) => type);

test("a running sync is paused, resumed and cancelled in the log alone, and saying it twice says it once", async () => {
  const syncId = await runningSync();
  for (const [action, status] of [
    ["pause", "paused"],
    ["pause", "paused"],
    ["resume", "running"],
    ["resume", "running"],
    ["cancel", "cancelled"],
    ["cancel", "cancelled"],
  ] as const) {
    const answer = await control(syncId, action);
    expect([answer.statusCode, answer.json()]).toEqual([
      202,
      expect.objectContaining({ syncId, status, redriven: null, retryOf: null }),
    ]);
    expect(answer.json().links.self).toBe(`/v1/syncs/${syncId}`);
  }
  expect(await types()).toEqual(["sync.started", "sync.paused", "sync.resumed", "sync.cancelled"]);
  expect((await newest()).course).toMatchObject({ active: null, held: [] });
});

test("it can be paused again after it was resumed: each time is a fact of its own", async () => {
  const syncId = await runningSync();
  for (const action of ["pause", "resume", "pause", "resume"]) await control(syncId, action);
  expect(await types()).toEqual([
    "sync.started",
    "sync.paused",
    "sync.resumed",
    "sync.paused",
    "sync.resumed",
  ]);
  expect((await newest()).course.active?.run).toBe(2);
});

test("a sync that no service has taken up yet is paused: its request waits, and is found decided", async () => {
  const syncId = await requestedSync({ query: "is:starred" });
  const answer = await control(syncId, "pause");
  expect([answer.statusCode, answer.json().status]).toEqual([202, "paused"]);
  const fact = await newest();
  expect(fact).toMatchObject({ type: "sync.paused", request: { syncId, query: "is:starred" } });
  expect([isDecided(fact.course, syncId), isPaused(fact.course, syncId)]).toEqual([true, true]);
  expect((await control(syncId, "resume")).json().status).toBe("queued");
});

test("a sync that no service has taken up yet is cancelled, and never starts", async () => {
  const syncId = await requestedSync();
  expect((await control(syncId, "resume")).json().status).toBe("requested");
  expect((await control(syncId, "cancel")).json().status).toBe("cancelled");
  expect(await newest()).toMatchObject({ type: "sync.cancelled", request: { syncId } });
  expect(isDecided((await newest()).course, syncId)).toBe(true);
});

test("resuming one that the provider had refused tries the mailbox again", async () => {
  const syncId = await runningSync();
  await loseConsentInLog(api, ref, syncId);
  expect((await control(syncId, "resume")).json().status).toBe("running");
  expect(await newest()).toMatchObject({ type: "sync.resumed", course: { consentLost: null } });
});

test("of wishes at once over two copies each is one fact, and the last one holds", async () => {
  const syncId = await runningSync();
  const copy = await api.buildCopy();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => control(syncId, i % 2 ? "pause" : "resume", i % 3 ? api.app : copy)),
  );
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([202]));
  const facts = (await types()).slice(1);
  facts.forEach((type, i) => {
    expect(type).toBe(i % 2 ? "sync.resumed" : "sync.paused");
  });
});

describe("retry", () => {
  test("of a running sync plans its work anew", async () => {
    const syncId = await runningSync();
    expect((await control(syncId, "retry")).json()).toMatchObject({ syncId, status: "running" });
    expect(await newest()).toMatchObject({ type: "sync.resumed", course: { active: { run: 1 } } });
  });

  test("of one that was only requested publishes its request again", async () => {
    const syncId = await requestedSync();
    await api.nats.jsm.streams.purge(requestStream.name);
    const published: string[] = [];
    const copy = await api.buildCopy({
      publishRequest: async (_ref, asked) => void published.push(asked.syncId),
    });
    expect((await control(syncId, "retry", copy)).json()).toMatchObject({ syncId, status: "requested" });
    expect(published).toEqual([syncId]);
  });

  test("of a failed one asks for a new sync of the same scope, one at a time", async () => {
    const scope = { query: "is:starred", labelIds: ["INBOX"] };
    const failed = await addSync(api.pool, ref, { status: "failed", scope, ended_at: new Date() });
    const [first, second] = [await control(failed, "retry"), await control(failed, "retry")];
    expect(first.statusCode).toBe(202);
    const { syncId, status, retryOf } = first.json();
    expect([status, retryOf]).toEqual(["requested", failed]);
    expect(syncId).not.toBe(failed);
    expect(second.json()).toEqual(first.json());
    const shown = await api.app.inject({ url: first.json().links.self, headers: tenant.headers });
    expect(shown.json()).toMatchObject({ status: "requested", scope });
    await addSync(api.pool, ref, { id: syncId, status: "failed", ended_at: new Date() });
    expect((await control(failed, "retry")).json().syncId).not.toBe(syncId);
  });

  test("of a failed repair repairs the same", async () => {
    const failed = await requestedSync();
    await api.pool.query(
      `update sync_requests set request = request || '{"repairOf":"ver_1"}' where sync_id = $1`,
      [failed],
    );
    await addSync(api.pool, ref, { id: failed, status: "failed", ended_at: new Date(), repair_of: "ver_1" });
    const { syncId } = (await control(failed, "retry")).json();
    const { rows } = await api.pool.query("select request from sync_requests where sync_id = $1", [syncId]);
    expect(rows[0]?.request).toMatchObject({ syncId, repairOf: "ver_1" });
  });

  test("of a partial one redrives its open dead letters", async () => {
    const partial = await addSync(api.pool, ref, { status: "partial", ended_at: new Date() });
    for (let ordinal = 0; ordinal < 3; ordinal++) {
      await insertRow(api.pool, "dead_letters", {
        id: `dl_${partial}${ordinal}`.slice(0, 60),
        tenant_id: ref.tenantId,
        account_id: ref.accountId,
        sync_id: partial,
        chunk_index: 0,
        ordinal,
        provider_id: `m${ordinal}`,
        scope: "message",
        category: "unknown",
        error: "?",
        attempts: 8,
        state: ordinal === 2 ? "discarded" : "open",
        created_at: new Date(),
        updated_at: new Date(),
        epoch: 1,
        seq: 1,
      });
    }
    await api.pool.query(
      "insert into checkpoints (name, epoch, stream_created, seq) values ('projector', 3, 'x', 1000000)",
    );
    const answer = (await control(partial, "retry")).json();
    await api.pool.query("delete from checkpoints");
    expect(answer).toMatchObject({ status: "partial", redriven: 2 });
    expect(answer.version).toBe(`3-${(await api.eventLog.lastNote(ref)).seq}`);
    expect(await factsOf(api, ref, "note")).toMatchObject([
      {
        type: "dead_letters.redriven",
        syncId: partial,
        content: "full",
        letters: [{ ordinal: 0 }, { ordinal: 1 }],
      },
    ]);
  });
});

test("one that has ended is 409, with what to do instead; one that the log has lost is 503 until it is restored", async () => {
  const completed = await addSync(api.pool, ref, { status: "completed", ended_at: new Date() });
  for (const action of ["pause", "resume", "cancel", "retry"]) {
    const answer = await control(completed, action);
    expect([answer.statusCode, answer.json().code]).toEqual([409, "sync_ended"]);
    expect(answer.json().detail).toContain("ask for a new sync");
  }
  const lost = await addSync(api.pool, ref);
  const answer = await control(lost, "pause");
  expect([answer.statusCode, answer.json().code]).toEqual([503, "log_restoring"]);
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect((await control(lost, "cancel")).statusCode).toBe(202);
});

test("an unknown sync, another tenant's sync and what is no id are 404 or 400, and nothing happens", async () => {
  const syncId = await runningSync();
  const other = await api.addTenant();
  for (const action of ["pause", "resume", "cancel", "retry"]) {
    const theirs = await post(`/v1/syncs/${syncId}/${action}`, { headers: other.headers });
    const unknown = await control("syn_unknown", action);
    const malformed = await control("a%20b", action);
    const anonymous = await post(`/v1/syncs/${syncId}/${action}`, { headers: {} });
    expect([theirs, unknown, malformed, anonymous].map(({ statusCode }) => statusCode)).toEqual([
      404, 404, 400, 401,
    ]);
  }
  expect(await types()).toEqual(["sync.started"]);
});

test("with the projector at work, what was decided shows up in the sync and in its trail", async () => {
  const projector = startProjector({ nats: api.nats, pool: api.pool, log: api.app.log as never });
  try {
    const syncId = await startInLog(api, ref);
    const shown = async () =>
      (await api.app.inject({ url: `/v1/syncs/${syncId}`, headers: tenant.headers })).json();
    await expect.poll(async () => (await shown()).status, { timeout: 10_000 }).toBe("running");
    await control(syncId, "pause");
    await expect.poll(shown, { timeout: 10_000 }).toMatchObject({
      status: "paused",
      paused: { reason: "requested", resumesBy: `POST /v1/syncs/${syncId}/resume` },
    });
    await control(syncId, "cancel");
    await expect.poll(async () => (await shown()).status, { timeout: 10_000 }).toBe("cancelled");
    expect((await control(syncId, "pause")).json().code).toBe("sync_ended");
    const trail = await api.app.inject({ url: `/v1/syncs/${syncId}/events`, headers: tenant.headers });
    expect(trail.json().items.map((event: { type: string }) => event.type)).toEqual([
      "sync.started",
      "sync.paused",
      "sync.cancelled",
    ]);
  } finally {
    await projector.stop();
  }
});

test("a broker that is away is 503 and says that repeating is safe; once it is back, repeating works", async () => {
  const syncId = await runningSync();
  await api.natsServer.kill();
  const refused = await control(syncId, "pause");
  await api.natsServer.restart();
  expect([refused.statusCode, refused.json().code]).toEqual([503, "broker_unavailable"]);
  expect(refused.json().detail).toContain("repeating it is safe");
  await expect
    .poll(async () => (await control(syncId, "pause")).statusCode, { timeout: 20_000, interval: 500 })
    .toBe(202);
  expect(await types()).toEqual(["sync.started", "sync.paused"]);
});
