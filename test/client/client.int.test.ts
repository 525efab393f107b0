import { createMillrace, type StreamState, type Sync } from "@millrace/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addAccount, addSync, changeSyncs } from "../../services/sync-api/src/testing/fill-views.ts";
import {
  startTestApi,
  type TestApi,
  type TestTenant,
  urlOf,
} from "../../services/sync-api/src/testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let owner: { tenantId: string; accountId: string };

beforeAll(async () => {
  api = await startTestApi({ streamLimits: { heartbeatMs: 100 } });
});
beforeEach(async () => {
  tenant = await api.addTenant();
  owner = { tenantId: tenant.tenantId, accountId: await addAccount(api.pool, tenant.tenantId) };
});
afterAll(() => api?.stop());

const millraceOf = (key: string) => createMillrace({ baseUrl: api.url, key });

test("a list is iterated over all of its pages, in order, or read page by page", async () => {
  const ids: string[] = [];
  for (let seq = 1; seq <= 5; seq++)
    ids.unshift(await addSync(api.pool, owner, { seq, created_at: new Date(1_700_000_000_000 + seq) }));
  const { syncs } = millraceOf(tenant.key);
  const seen: string[] = [];
  for await (const { id } of syncs.list({ limit: 2 })) seen.push(id);
  expect(seen).toEqual(ids);
  const first = await syncs.list().page({ limit: 3 });
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 3));
  const second = await syncs.list().page({ limit: 3, cursor: first.nextCursor ?? "" });
  expect(second.items.map(({ id }) => id)).toEqual(ids.slice(3));
  expect(second.nextCursor).toBeNull();
});

test("a problem is thrown with its code, its words and the request's id", async () => {
  const got = millraceOf(tenant.key).syncs.get("syn_unknown");
  await expect(got).rejects.toMatchObject({ name: "MillraceError", status: 404, code: "not_found" });
  await expect(got).rejects.toThrow("GET /v1/syncs lists what there is");
  await expect(got).rejects.toHaveProperty("requestId", expect.any(String));
});

describe("watching a sync", () => {
  test("tells its state, then each change, and ends with it", async () => {
    const id = await addSync(api.pool, owner, { seq: 5 });
    const seen: Sync[] = [];
    for await (const sync of millraceOf(tenant.key).watchSync(id)) {
      seen.push(sync);
      const change =
        sync.version === "1-5"
          ? { seq: 6, stored: 10 }
          : { seq: 7, status: "completed", ended_at: new Date() };
      if (sync.version !== "1-7") await changeSyncs(api.pool, tenant.tenantId, [{ id, ...change }]);
    }
    expect(seen.map(({ version, status }) => `${version} ${status}`)).toEqual([
      "1-5 running",
      "1-6 running",
      "1-7 completed",
    ]);
  });

  test("goes on at another copy when its own is stopped, and misses nothing", async () => {
    const id = await addSync(api.pool, owner, { seq: 5 });
    let copy = await api.buildCopy();
    const balancing: typeof fetch = (input, init) => fetch(String(input).replace(api.url, urlOf(copy)), init);
    const millrace = createMillrace({ baseUrl: api.url, key: tenant.key, fetch: balancing });
    const seen: string[] = [];
    for await (const { version } of millrace.watchSync(id)) {
      seen.push(version);
      if (version !== "1-5") continue;
      const before = copy;
      copy = await api.buildCopy();
      await before.close();
      await changeSyncs(api.pool, tenant.tenantId, [{ id, seq: 6 }]);
      await changeSyncs(api.pool, tenant.tenantId, [{ id, seq: 7, status: "failed", ended_at: new Date() }]);
    }
    expect(seen).toEqual(["1-5", "1-7"]);
  });

  test("goes on with a new browser token when its own has ended", async () => {
    const id = await addSync(api.pool, owner, { seq: 5 });
    const onTheServer = millraceOf(tenant.key);
    const tokens: string[] = [];
    const inTheBrowser = createMillrace({
      baseUrl: api.url,
      key: async () => {
        const { token } = await onTheServer.browserTokens.create({ syncId: id });
        tokens.push(token);
        return token;
      },
    });
    const seen: string[] = [];
    const watching = (async () => {
      const onState = ({ kind }: StreamState) => void seen.push(kind);
      for await (const { version } of inTheBrowser.watchSync(id, { onState })) seen.push(version);
    })();
    await expect.poll(() => seen).toEqual(["open", "1-5"]);
    await api.pool.query("update browser_tokens set expires_at = now() where sync_id = $1", [id]);
    await expect.poll(() => tokens.length, { timeout: 15_000 }).toBe(2);
    await changeSyncs(api.pool, tenant.tenantId, [{ id, seq: 6, status: "completed", ended_at: new Date() }]);
    await watching;
    expect(seen).toEqual(["open", "1-5", "interrupted", "open", "1-6"]);
    expect(new Set(tokens).size).toBe(2);
  });
});
