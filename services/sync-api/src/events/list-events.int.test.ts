import { afterAll, beforeAll, expect, it } from "vitest";
import { operatorHeaders, startTestApi, type TestApi, type TestTenant } from "../testing/start-test-api.ts";

const events = 20_000;

let api: TestApi;
let tenant: TestTenant;

beforeAll(async () => {
  api = await startTestApi();
  tenant = await api.addTenant();
  await api.pool.query(
    `insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
     select 1, seq, 'e' || seq, $1, 'acc_1', 'chunk.fetched', 'test', now(), '{}'
     from generate_series(1, ${events}) as seq`,
    [tenant.tenantId],
  );
  await api.pool.query("analyze events");
});
afterAll(() => api.stop());

/** Rows that were read since the database began, once every session has told what it read. */
async function rowsRead(): Promise<number> {
  await api.pool.query("select pg_sleep(1.1)"); // the session that read tells it when it is idle again
  const { rows } = await api.pool.query<{ rows: number }>(
    "select (idx_tup_fetch + seq_tup_read)::integer as rows from pg_stat_user_tables where relname = 'events'",
  );
  return rows[0]?.rows ?? 0;
}

it("a page of a long audit trail is read without the rest of it", async () => {
  const before = await rowsRead();
  let url = "/v1/events?limit=100";
  for (let page = 0; page < 10; page++) {
    const answer = await api.app.inject({ method: "GET", url, headers: tenant.headers });
    const { items, nextCursor } = answer.json();
    expect(items).toHaveLength(100);
    url = `/v1/events?limit=100&cursor=${nextCursor}`;
  }
  expect((await rowsRead()) - before).toBeLessThan(2_000);
});

it("facts of requests that name no account are shown like others", async () => {
  const other = await api.addTenant();
  await api.pool.query(
    `insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
     values (2, 1, 'rejected', $1, '_', 'request.rejected', 'test', now(), '{}')`,
    [other.tenantId],
  );
  const answer = await api.app.inject({ method: "GET", url: "/v1/events", headers: other.headers });
  expect(answer.statusCode).toBe(200);
  expect(answer.json().items).toMatchObject([{ id: "rejected", accountId: "_" }]);
});

it("an operator sees what is no tenant's, and finds by its name content that was removed; no tenant does", async () => {
  const [one, two, other] = ["1", "2", "3"].map((digit) => digit.repeat(64));
  await api.pool.query(
    `insert into events (epoch, seq, id, tenant_id, account_id, type, source, happened_at, fact)
     values (3, 1, 'first', '_', '_', 'blobs.removed', 'janitor', now(), $1),
       (3, 2, 'second', '_', '_', 'blobs.removed', 'janitor', now(), $2),
       (3, 3, 'ran', '_', '_', 'retention.ran', 'janitor', now(), '{}')`,
    [{ sha256: [one, two] }, { sha256: [other] }],
  );
  const idsOf = async (query: string, headers: Record<string, string> = operatorHeaders) => {
    const answer = await api.app.inject({ url: `/v1/events${query}`, headers });
    return answer.json().items?.map(({ id }: { id: string }) => id) ?? answer.statusCode;
  };
  expect(await idsOf("")).toEqual(["ran", "second", "first"]);
  expect(await idsOf("?type=blobs.removed")).toEqual(["second", "first"]);
  expect(await idsOf(`?sha256=${two}`)).toEqual(["first"]);
  expect(await idsOf(`?sha256=${"4".repeat(64)}`)).toEqual([]);
  expect(await idsOf("?sha256=2")).toBe(400);
  expect(await idsOf(`?sha256=${two}`, tenant.headers)).toEqual([]);
  expect(await idsOf("?type=blobs.removed", tenant.headers)).toEqual([]);
});
