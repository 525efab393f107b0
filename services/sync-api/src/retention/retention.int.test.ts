import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAccount, insertRow } from "../testing/fill-views.ts";
import { operatorHeaders, startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

let api: TestApi;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
  [tenant, other] = [await api.addTenant(), await api.addTenant()];
});
afterAll(() => api?.stop());

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
async function ask(headers: Record<string, string>, method: Method, url: string, payload?: object) {
  const answer = await api.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}
const runsOf = async (headers: Record<string, string>, query = "") =>
  (await ask(headers, "GET", `/v1/retention/runs${query}`)).body.items;

describe("runs of retention", () => {
  test("are asked for by tenants for themselves, and by operators for everybody", async () => {
    const one = await ask(tenant.headers, "POST", "/v1/retention/run", { task: "messages", dryRun: true });
    expect(one).toMatchObject({
      status: 202,
      body: {
        runs: [
          { task: "messages", tenantId: tenant.tenantId, dryRun: true, state: "requested", removed: {} },
        ],
      },
    });
    const all = await ask(operatorHeaders, "POST", "/v1/retention/run");
    expect(all.body.runs.map(({ task }: { task: string }) => task)).toEqual(
      expect.arrayContaining(["messages", "syncs", "blobs", "retention-runs"]),
    );
    expect(new Set(all.body.runs.map((run: { tenantId: null }) => run.tenantId))).toEqual(new Set([null]));
    const own = await ask(tenant.headers, "POST", "/v1/retention/run", {});
    expect(own.body.runs.map(({ task }: { task: string }) => task)).not.toContain("blobs");
    expect(await ask(tenant.headers, "POST", "/v1/retention/run", { task: "everything" })).toMatchObject({
      status: 400,
    });
  });

  test("are listed newest first, page by page; of everybody's a tenant sees what was removed of it, and no more", async () => {
    for (const at of [1, 2, 3]) {
      const run = {
        id: `ret_0000000${at}`,
        task: "syncs",
        dry_run: false,
        state: "completed",
        removed: { syncs: 9 },
        bytes: 90,
      };
      await insertRow(api.pool, "retention_runs", { ...run, started_at: new Date(), ended_at: new Date() });
    }
    await insertRow(api.pool, "retention_run_tenants", {
      run_id: "ret_00000002",
      tenant_id: other.tenantId,
      task: "syncs",
      dry_run: false,
      started_at: new Date(),
      ended_at: new Date(),
      removed: { syncs: 2 },
      bytes: 20,
    });
    expect(await runsOf(other.headers)).toMatchObject([
      {
        id: "ret_00000002",
        tenantId: null,
        askedBy: null,
        removed: { syncs: 2 },
        bytes: 20,
        state: "completed",
      },
    ]);
    const seen: string[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await ask(operatorHeaders, "GET", `/v1/retention/runs?task=syncs&limit=2${cursor}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(seen.toSorted().reverse());
    expect(seen).toEqual(expect.arrayContaining(["ret_00000001", "ret_00000002", "ret_00000003"]));
    expect((await runsOf(tenant.headers)).map(({ id }: { id: string }) => id)).not.toContain("ret_00000002");
    const idsIn = async (headers: Record<string, string>, state: string) =>
      (await runsOf(headers, `?state=${state}&limit=200`)).map(({ id }: { id: string }) => id);
    expect(await idsIn(operatorHeaders, "completed")).toEqual([
      "ret_00000003",
      "ret_00000002",
      "ret_00000001",
    ]);
    expect(await idsIn(other.headers, "completed")).toEqual(["ret_00000002"]);
    for (const headers of [operatorHeaders, other.headers]) {
      expect(await idsIn(headers, "requested")).not.toContain("ret_00000002");
      expect(await idsIn(headers, "failed")).toEqual([]);
    }
  });
});

test("a tenant's periods are its own, and what it does not name is as it is for everybody", async () => {
  const retention = { finishedSyncsDays: 90, auditDays: 30 };
  expect((await ask(tenant.headers, "PATCH", "/v1/tenant", { retention })).body.retention).toEqual(retention);
  expect((await ask(tenant.headers, "GET", "/v1/tenant")).body.retention).toEqual(retention);
  expect((await ask(tenant.headers, "PATCH", "/v1/tenant", { name: "N" })).body.retention).toEqual(retention);
  expect((await ask(tenant.headers, "PATCH", "/v1/tenant", { retention: {} })).body.retention).toEqual({});
  const wrong = { retention: { failedSyncsDays: 1 } };
  expect((await ask(tenant.headers, "PATCH", "/v1/tenant", wrong)).status).toBe(400);
});

test("an account that is held says so, cannot be removed, and can be again when the hold has ended", async () => {
  const id = await addAccount(api.pool, tenant.tenantId);
  const held = await ask(tenant.headers, "PUT", `/v1/accounts/${id}/hold`, { reason: "a suit" });
  expect(held).toMatchObject({ status: 200, body: { hold: { reason: "a suit" } } });
  const again = await ask(tenant.headers, "PUT", `/v1/accounts/${id}/hold`, { reason: "two suits" });
  expect(again.body.hold).toEqual({ since: held.body.hold.since, reason: "two suits" });
  expect(await ask(tenant.headers, "DELETE", `/v1/accounts/${id}`)).toMatchObject({
    status: 409,
    body: { code: "account_held" },
  });
  expect((await ask(other.headers, "DELETE", `/v1/accounts/${id}/hold`)).status).toBe(404);
  expect((await ask(tenant.headers, "GET", `/v1/accounts/${id}`)).body.hold.reason).toBe("two suits");
  expect((await ask(tenant.headers, "DELETE", `/v1/accounts/${id}/hold`)).body.hold).toBe(null);
});
