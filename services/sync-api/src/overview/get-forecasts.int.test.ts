import { afterAll, beforeAll, expect, it } from "vitest";
import { operatorHeaders, startTestApi, type TestApi } from "../testing/start-test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

const ask = (headers: Record<string, string>) => api.app.inject({ url: "/v1/forecasts", headers });

it("an operator sees when stores are full, and a tenant does not", async () => {
  expect((await ask(operatorHeaders)).json()).toEqual({ items: [] });
  await api.pool.query(
    `insert into store_sizes (store, seen_at, bytes, bytes_max)
     select 'database', now() - make_interval(hours => hours), 10000000000 - hours * 100000000::bigint, 20000000000
     from generate_series(0, 72) as hours`,
  );
  const { items } = (await ask(operatorHeaders)).json();
  expect(items).toMatchObject([
    {
      store: "database",
      bytes: 10_000_000_000,
      bytesMax: 20_000_000_000,
      bytesPerDay: 2_400_000_000,
      daysUntilFull: 4.2,
    },
  ]);
  expect(Date.parse(items[0].fullAt)).toBeGreaterThan(Date.now() + 4 * 86_400_000);
  const { headers } = await api.addTenant();
  expect((await ask(headers)).statusCode).toBe(403);
});
