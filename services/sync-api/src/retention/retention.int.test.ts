import { type PeriodRange, periodRanges } from "@millrace/shared/retention/tenant-periods";
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
    for (const task of ["blobs", "retention-runs"]) {
      const refused = await ask(tenant.headers, "POST", "/v1/retention/run", { task, dryRun: true });
      expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
      expect(refused.body.detail).toContain(`The task ${task} is about no single tenant`);
      expect(await runsOf(tenant.headers, `?task=${task}`)).toEqual([]);
    }
    expect(await ask(tenant.headers, "POST", "/v1/retention/run", { task: "everything" })).toMatchObject({
      status: 400,
    });
  });

  test("that wait already are answered again to whoever asks for the same, also at once; what is not the same is a run of its own", async () => {
    const [one, two] = [await api.addTenant(), await api.addTenant()];
    const asked = async (headers: Record<string, string>, body: object): Promise<string[]> => {
      const { status, body: answer } = await ask(headers, "POST", "/v1/retention/run", body);
      expect(status).toBe(202);
      return answer.runs.map(({ id }: { id: string }) => id);
    };
    const [messages = ""] = await asked(one.headers, { task: "messages" });
    // An insert that takes its time, so that those who ask at once are under way together.
    await api.pool.query(`
      create function take_time() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$;
      create trigger take_time before insert on retention_runs for each row execute function take_time()`);
    const answers = await Promise.all(Array.from({ length: 4 }, () => asked(one.headers, {})));
    await api.pool.query("drop trigger take_time on retention_runs; drop function take_time()");
    const [first = []] = answers;
    expect(first[0]).toBe(messages);
    expect(new Set(answers.flat()).size).toBe(first.length);
    const { rows } = await api.pool.query<{ task: string }>(
      "select task from retention_runs where tenant_id = $1 order by id",
      [one.tenantId],
    );
    expect(rows).toHaveLength(first.length);
    expect(await asked(one.headers, { task: "messages", dryRun: true })).not.toContain(messages);
    expect(await asked(two.headers, { task: "messages" })).not.toContain(messages);
    const [everybodys = ""] = await asked(operatorHeaders, { task: "messages" });
    expect(first).not.toContain(everybodys);
    expect(await asked(operatorHeaders, { task: "messages" })).toEqual([everybodys]);
    await api.pool.query("update retention_runs set state = 'running' where id = $1", [messages]);
    const [next = ""] = await asked(one.headers, { task: "messages" });
    expect(first).not.toContain(next);
    expect(await asked(one.headers, { task: "messages" })).toEqual([next]);
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
    await api.pool.query("update retention_run_tenants set by_operator = true where run_id = 'ret_00000002'");
    expect(await runsOf(other.headers)).toMatchObject([{ id: "ret_00000002", askedBy: "operator" }]);
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

test("an operator leaves out runs that found nothing, but for the newest that was asked for; those that failed or run stay", async () => {
  const add = (id: string, columns: object = {}) =>
    insertRow(api.pool, "retention_runs", {
      id,
      task: "traces",
      dry_run: false,
      state: "completed",
      removed: {},
      bytes: 0,
      ...columns,
    });
  const ids = ["ret_some", "ret_running", "ret_failed", "ret_zz_asked"];
  await add("ret_empty");
  await add("ret_zy_asked", { asked_by: "operator" });
  await add("ret_some", { removed: { tombstones: 3 } });
  await add("ret_zz_asked", { asked_by: "operator" });
  await add("ret_failed", { state: "failed" });
  await add("ret_running", { state: "running" });
  const idsOf = async (query: string) =>
    (await runsOf(operatorHeaders, `?task=traces&${query}`)).map(({ id }: { id: string }) => id);
  const few = await idsOf("includeEmpty=false");
  expect(few).toEqual(expect.arrayContaining(ids));
  expect(few).not.toContain("ret_empty");
  expect(few).not.toContain("ret_zy_asked");
  expect(await idsOf("limit=200")).toEqual(expect.arrayContaining(["ret_empty", "ret_zy_asked"]));
});

test("a tenant leaves out its dry runs that found nothing; those that found something or removed for real stay", async () => {
  const add = (id: string, columns: object) =>
    insertRow(api.pool, "retention_runs", {
      id,
      tenant_id: tenant.tenantId,
      task: "messages",
      dry_run: true,
      state: "completed",
      asked_by: "a key",
      removed: {},
      bytes: 0,
      ...columns,
    });
  await add("ret_dry_empty", {});
  await add("ret_dry_some", { removed: { tombstones: 3 } });
  await add("ret_dry_waits", { state: "requested" });
  await add("ret_real_empty", { dry_run: false });
  const idsOf = async (query: string) =>
    (await runsOf(tenant.headers, `?task=messages&limit=200${query}`)).map(({ id }: { id: string }) => id);
  const few = await idsOf("&includeEmpty=false");
  expect(few).toEqual(expect.arrayContaining(["ret_dry_some", "ret_dry_waits", "ret_real_empty"]));
  expect(few).not.toContain("ret_dry_empty");
  expect(await idsOf("")).toContain("ret_dry_empty");
});

test("a tenant's periods are its own, and what it does not name is as it is for everybody", async () => {
  const retention = { finishedSyncsDays: 90, auditDays: 30 };
  expect((await ask(tenant.headers, "PATCH", "/v1/tenant", { retention })).body.retention).toEqual(retention);
  expect((await ask(tenant.headers, "GET", "/v1/tenant")).body.retention).toEqual(retention);
  expect((await ask(tenant.headers, "PATCH", "/v1/tenant", { name: "N" })).body.retention).toEqual(retention);
  const change = async (change: object | null) =>
    (await ask(tenant.headers, "PATCH", "/v1/tenant", { retention: change })).body.retention;
  expect(await change({})).toEqual(retention);
  expect(await change({ auditDays: 31, deadLettersDays: 7 })).toEqual({
    ...retention,
    auditDays: 31,
    deadLettersDays: 7,
  });
  expect(await change({ auditDays: null, deadLettersDays: null })).toEqual({ finishedSyncsDays: 90 });
  expect(await change(null)).toEqual({});
  const wrong = { retention: { failedSyncsDays: 1 } };
  expect((await ask(tenant.headers, "PATCH", "/v1/tenant", wrong)).status).toBe(400);
});

test("of each period is told what holds, whose it is and what holds for everybody, as the janitor has said it", async () => {
  const inForce = async (headers: Record<string, string>, url: string) => {
    const { retentionInForce } = (await ask(headers, "GET", url)).body;
    return [retentionInForce.finishedSyncsDays, retentionInForce.openDeadLettersDays];
  };
  const ofSyncs = { daysMin: 7, daysMax: 36_500 };
  const ofLetters = { daysMin: 0, daysMax: 36_500 };
  const unknown = { days: null, from: "installation", defaultDays: null };
  expect(await inForce(tenant.headers, "/v1/tenant")).toEqual([
    { ...unknown, ...ofSyncs },
    { ...unknown, ...ofLetters },
  ]);
  await ask(tenant.headers, "PATCH", "/v1/tenant", { retention: { openDeadLettersDays: 0 } });
  expect((await inForce(tenant.headers, "/v1/tenant"))[1]).toEqual({
    ...unknown,
    ...ofLetters,
    days: 0,
    from: "tenant",
  });
  const told = { finishedSyncsDays: 45, openDeadLettersDays: 180 };
  await api.pool.query("update installation set retention = $1", [told]);
  const expected = [
    { days: 45, from: "installation", defaultDays: 45, ...ofSyncs },
    { days: 0, from: "tenant", defaultDays: 180, ...ofLetters },
  ];
  expect(await inForce(tenant.headers, "/v1/tenant")).toEqual(expected);
  expect(await inForce(operatorHeaders, `/v1/tenants/${tenant.tenantId}`)).toEqual(expected);
  const emptied = await ask(tenant.headers, "PATCH", "/v1/tenant", {
    retention: { openDeadLettersDays: null },
  });
  expect(emptied.body.retentionInForce.openDeadLettersDays).toEqual({
    days: 180,
    from: "installation",
    defaultDays: 180,
    ...ofLetters,
  });
});

test("a tenant's own period is between the bounds of everybody's, and a refusal says which and why", async () => {
  const set = (retention: object) => ask(tenant.headers, "PATCH", "/v1/tenant", { retention });
  for (const [name, { min, max, why = "" }] of Object.entries<PeriodRange>(periodRanges)) {
    for (const days of [min, max]) expect([name, (await set({ [name]: days })).status]).toEqual([name, 200]);
    for (const days of [min - 1, max + 1]) {
      const { status, body } = await set({ [name]: days });
      expect([name, status]).toEqual([name, 400]);
      expect(JSON.stringify(body)).toContain(`must be ${min} to ${max} days`);
      expect(JSON.stringify(body)).toContain(why);
    }
  }
  expect((await set({ finishedSyncDays: 30 })).status).toBe(400);
  // One that a release with other bounds and names has stored is shown as it is.
  await api.pool.query(
    `update tenants set retention = '{"finishedSyncsDays": 3, "newerDays": 4}' where id = $1`,
    [tenant.tenantId],
  );
  const shown = await ask(tenant.headers, "GET", "/v1/tenant");
  expect([shown.status, shown.body.retention]).toEqual([200, { finishedSyncsDays: 3 }]);
  await ask(tenant.headers, "PATCH", "/v1/tenant", { retention: null });
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
