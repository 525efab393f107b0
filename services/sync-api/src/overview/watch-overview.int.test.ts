import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addSync, changeSyncs } from "../testing/fill-views.ts";
import { type OpenedStream, openStream } from "../testing/open-stream.ts";
import {
  operatorHeaders,
  startTestApi,
  type TestApi,
  type TestTenant,
  urlOf,
} from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let owner: { tenantId: string; accountId: string };
const streams: OpenedStream[] = [];

beforeAll(async () => {
  api = await startTestApi({ streamLimits: { heartbeatMs: 200, stalledHeartbeatsMax: 100 } });
});
beforeEach(async () => {
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterAll(async () => {
  for (const stream of streams) stream.leave();
  await api?.stop();
});

async function watch(headers: Record<string, string> = tenant.headers, base = api.url) {
  const stream = await openStream(`${base}/v1/overview/stream`, headers);
  streams.push(stream);
  return stream;
}
const runningIn = (stream: OpenedStream) => stream.events.map(({ data }) => JSON.parse(data).syncs.running);

describe("the stream of the overview", () => {
  test("begins with how things are, and tells within a second what has changed, once", async () => {
    const id = await addSync(api.pool, owner);
    const stream = await watch();
    await stream.waitFor(1);
    expect(stream.events[0]).toMatchObject({ event: "overview" });
    const shown = await api.app.inject({ url: "/v1/overview", headers: tenant.headers });
    const { at: _, ...first } = JSON.parse(stream.events[0]?.data ?? "");
    const { at: __, ...asked } = shown.json();
    expect(first).toEqual(asked);
    const began = performance.now();
    for (let seq = 2; seq < 12; seq++) await changeSyncs(api.pool, tenant.tenantId, [{ id, seq }]);
    const ended = new Date();
    await changeSyncs(api.pool, tenant.tenantId, [{ id, seq: 12, status: "completed", ended_at: ended }]);
    await expect.poll(() => runningIn(stream).at(-1), { timeout: 15_000, interval: 20 }).toBe(0);
    expect(performance.now() - began).toBeLessThan(4_900);
    expect(stream.events.length).toBeLessThanOrEqual(4);
  });

  test("tells how things are every few seconds also when nothing happens", async () => {
    const stream = await watch();
    await expect.poll(() => stream.events.length, { timeout: 25_000 }).toBeGreaterThan(1);
    const [first, second] = stream.events.map(({ data }) => Date.parse(JSON.parse(data).at));
    const betweenMs = (second ?? 0) - (first ?? 0);
    expect(betweenMs).toBeGreaterThan(4_000);
    expect(betweenMs).toBeLessThan(15_000);
  });

  test("is the operator's as well, of all tenants, and outlives the look for keys that were revoked", async () => {
    const stream = await watch(operatorHeaders);
    const [before] = (await stream.waitFor(1)).map(({ data }) => JSON.parse(data).syncs.running);
    const id = await addSync(api.pool, owner, { seq: 1 });
    await changeSyncs(api.pool, tenant.tenantId, [{ id, seq: 2 }]);
    await expect.poll(() => runningIn(stream).at(-1), { timeout: 15_000 }).toBe(before + 1);
    const many = stream.events.length;
    await expect.poll(() => stream.events.length, { timeout: 25_000 }).toBeGreaterThan(many + 1);
  });

  test("ends within seconds with the key that opened it", async () => {
    const made = await api.app.inject({
      method: "POST",
      url: "/v1/keys",
      headers: tenant.headers,
      payload: { name: "watcher", scopes: ["read"] },
    });
    const { id, key } = made.json();
    const stream = await watch({ authorization: `Bearer ${key}` });
    await stream.waitFor(1);
    await api.app.inject({ method: "DELETE", url: `/v1/keys/${id}`, headers: tenant.headers });
    const isClosed = await Promise.race([
      stream.closed.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 25_000, false)),
    ]);
    expect(isClosed).toBe(true);
  });

  test("counts among the streams that may be open, and closes with the service", async () => {
    const copy = await api.buildCopy({ streamLimits: { streamsMax: 2 } });
    const open = [await watch(tenant.headers, urlOf(copy)), await watch(operatorHeaders, urlOf(copy))];
    expect((await watch(tenant.headers, urlOf(copy))).status).toBe(503);
    await Promise.all(open.map((stream) => stream.waitFor(1)));
    const began = performance.now();
    await copy.close();
    await Promise.all(open.map((stream) => stream.closed));
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
