import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { startTestNats, type TestNats } from "@millrace/infra/testing/test-nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectNats, type Nats } from "../nats/connect-nats.ts";
import { ensureTopology } from "../nats/ensure-topology.ts";
import { createTestPool, type TestPool } from "../testing/create-test-pool.ts";
import { silentLogger } from "../testing/silent-logger.ts";
import { measureClocks, surelySkewedMs } from "./watch-clocks.ts";

let server: TestNats;
let nats: Nats;
let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  [server, database] = await Promise.all([startTestNats(), createTestDatabase()]);
  nats = await connectNats(server.url, "test", silentLogger, {
    replicas: 1,
    logMebibytes: 64,
    claimMs: 30_000,
  });
  await ensureTopology(nats);
  pool = createTestPool(database.url, "fetcher", 1);
});
afterAll(async () => {
  await nats?.connection.close();
  await server?.stop();
  await pool?.end();
  await database?.drop();
});

it("clocks of the same machine do not differ; one of ours that is late or early is seen in both", async () => {
  expect(await measureClocks({ nats, pool })).toEqual({ nats: 0, postgres: 0 });
  const late = await measureClocks({ nats, pool, nowMs: () => Date.now() - 10_000 });
  const early = await measureClocks({ nats, pool, nowMs: () => Date.now() + 10_000 });
  for (const part of ["nats", "postgres"] as const) {
    expect(late[part]).toBeGreaterThan(9_000);
    expect(early[part]).toBeLessThan(-9_000);
  }
});

it("a part that is away is left out", async () => {
  const away = { ofNobody: () => ({ query: () => Promise.reject(new Error("away")) }) };
  expect(await measureClocks({ nats, pool: away as never })).toEqual({ nats: 0 });
});

it("what may be due to a late answer is no difference", () => {
  expect(surelySkewedMs(500, 0, 1_000)).toBe(0);
  expect(surelySkewedMs(1_500, 0, 1_000)).toBe(500);
  expect(surelySkewedMs(-700, 0, 1_000)).toBe(-700);
});
