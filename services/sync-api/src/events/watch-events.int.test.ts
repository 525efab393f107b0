import type { Fact } from "@millrace/shared/events/facts";
import { newSyncId } from "@millrace/shared/events/identifiers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyFacts } from "../testing/apply-facts.ts";
import { addAccount } from "../testing/fill-views.ts";
import { type OpenedStream, openStream } from "../testing/open-stream.ts";
import { startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let ref: { tenantId: string; accountId: string };
const streams: OpenedStream[] = [];

beforeAll(async () => {
  api = await startTestApi({ streamLimits: { heartbeatMs: 100, stalledHeartbeatsMax: 100 } });
});
beforeEach(async () => {
  tenant = await api.addTenant();
  ref = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterAll(async () => {
  for (const stream of streams) stream.leave();
  await api?.stop();
});

/** Facts that move no row of a sync: whoever watches is told of them all the same. */
const rejected = (reason: string): Fact => ({
  type: "request.rejected",
  reason,
  subject: "s",
  payload: "",
  payloadBytes: 0,
});
const republished = (syncId: string): Fact => ({ type: "request.republished", syncId, reason: "late" });

const apply = (...facts: Fact[]) => applyFacts(api, ref, facts);

async function watch(query = "", lastEventId?: string, headers = tenant.headers): Promise<OpenedStream> {
  const stream = await openStream(`${api.url}/v1/events/stream${query}`, {
    ...headers,
    ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
  });
  streams.push(stream);
  return stream;
}
const reasons = (stream: OpenedStream) => stream.events.map(({ data }) => JSON.parse(data).fact.reason);

test("begins now, and tells each fact as the list has it, in order", async () => {
  await apply(rejected("before"));
  const stream = await watch();
  expect(stream.status).toBe(200);
  await apply(rejected("a"), rejected("b"));
  const seq = await apply(rejected("c"));
  await stream.waitFor(3);
  expect(reasons(stream)).toEqual(["a", "b", "c"]);
  expect(stream.events.at(-1)).toMatchObject({ event: "fact", id: `1-${seq}` });
  const list = await api.app.inject({ url: "/v1/events?limit=3", headers: tenant.headers });
  expect(stream.events.map(({ data }) => JSON.parse(data))).toEqual(list.json().items.toReversed());
});

test("resumes after the last event, however much has happened since, and tells each once", async () => {
  const stream = await watch();
  await apply(rejected("a"));
  await stream.waitFor(1);
  stream.leave();
  const missed = Array.from({ length: 450 }, (_, i) => `m${i}`);
  for (let i = 0; i < missed.length; i += 150) await apply(...missed.slice(i, i + 150).map(rejected));
  const again = await watch("", stream.events[0]?.id);
  await again.waitFor(missed.length);
  await apply(rejected("z"));
  await again.waitFor(missed.length + 1);
  expect(reasons(again)).toEqual([...missed, "z"]);
});

test("tells what is asked for: of an account, of a sync, of a type", async () => {
  const syncId = newSyncId(ref);
  const [own, ofSync, ofType] = [
    await watch(`?accountId=${ref.accountId}`),
    await watch(`?syncId=${syncId}`),
    await watch("?type=request.rejected"),
  ];
  const other = { ...ref, accountId: await addAccount(api.pool, tenant.tenantId) };
  await applyFacts(api, other, [rejected("other")]);
  await apply(republished(syncId), republished(newSyncId(ref)), rejected("own"));
  await Promise.all([own.waitFor(3), ofSync.waitFor(1), ofType.waitFor(2)]);
  await expect.poll(() => own.comments.length).toBeGreaterThan(2);
  expect(own.events).toHaveLength(3);
  expect(ofSync.events.map(({ data }) => JSON.parse(data).syncId)).toEqual([syncId]);
  expect(reasons(ofType)).toEqual(["other", "own"]);
});

test("tells nothing of another tenant, also to one that resumes", async () => {
  const stranger = await api.addTenant();
  const theirs = await watch("", "0-1", stranger.headers);
  await apply(rejected("between us"));
  const ofTheirs = { tenantId: stranger.tenantId, accountId: "_" };
  await applyFacts(api, ofTheirs, [rejected("theirs")]);
  await theirs.waitFor(1);
  await expect.poll(() => theirs.comments.length).toBeGreaterThan(2);
  expect(reasons(theirs)).toEqual(["theirs"]);
});

test("what is projected while the listening connection is down is told when it is back", async () => {
  const stream = await watch();
  await api.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and (query ilike 'listen %' or query = 'select 1')",
  );
  await apply(rejected("unheard"));
  await stream.waitFor(1);
  expect(reasons(stream)).toEqual(["unheard"]);
});

test("is not for operators, nor for pages", async () => {
  const made = await api.app.inject({
    method: "POST",
    url: "/v1/browser-tokens",
    headers: tenant.headers,
    payload: {},
  });
  const page = await watch("", undefined, { authorization: `Bearer ${made.json().token}` });
  expect(page.status).toBe(403);
});
