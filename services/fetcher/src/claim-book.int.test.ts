import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import type { Pool } from "@millrace/shared/postgres/create-pool";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createClaimBook } from "./claim-book.ts";
import type { ClaimBook, ClaimedWork } from "./fetcher-ports.ts";
import { addAccount } from "./testing/add-account.ts";
import { givenChunk } from "./testing/given.ts";

let database: TestDatabase;
let pool: TestPool;
let work: ClaimedWork;
let syncs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "fetcher", 4);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});
beforeEach(async () => {
  work = givenChunk({ syncId: `s${syncs++}` }, { ref: await addAccount(pool) });
});

/** A new process: it knows nothing but what is in the database. */
const newWorker = (): ClaimBook => createClaimBook(pool);

describe("claims under suspicion", () => {
  it("count a death when one is opened that was never closed", async () => {
    expect(await newWorker().open(work)).toEqual({ deaths: 0, deathsAt: {} });
    expect(await newWorker().open(work)).toEqual({ deaths: 1, deathsAt: {} });
    expect(await newWorker().open(work)).toEqual({ deaths: 2, deathsAt: {} });
  });

  it("count none when it was closed", async () => {
    const worker = newWorker();
    await worker.open(work);
    await worker.mark(work, "a");
    await worker.close(work);
    expect(await newWorker().open(work)).toEqual({ deaths: 0, deathsAt: {} });
  });

  it("know at which message each worker died, the last that it turned to", async () => {
    for (const messageId of ["a", "b", "b", 'odd "id", {with} \\ everything']) {
      const worker = newWorker();
      await worker.open(work);
      await worker.mark(work, "before");
      await worker.mark(work, messageId);
    }
    const known = { a: 1, b: 2, 'odd "id", {with} \\ everything': 1 };
    expect(await newWorker().open(work)).toEqual({ deaths: 4, deathsAt: known });
    // That one died as well, before it turned to any message.
    expect(await newWorker().open(work)).toEqual({ deaths: 5, deathsAt: known });
  });

  it("keep what is known of deaths when a worker lives", async () => {
    await newWorker().open(work);
    const worker = newWorker();
    await worker.open(work);
    await worker.close(work);
    expect(await newWorker().open(work)).toEqual({ deaths: 1, deathsAt: {} });
  });

  it("are each their own", async () => {
    await newWorker().open(work);
    const other = { ...work, item: { ...work.item, chunkIndex: 4 } };
    expect(await newWorker().open(other)).toEqual({ deaths: 0, deathsAt: {} });
  });
});

describe("a database that goes away while a worker lives", () => {
  it("is no death of it: what it could not close, it closes when it is back", async () => {
    let isAway = false;
    const gone = () => Promise.reject(new Error("Connection terminated unexpectedly"));
    const flaky: Pool = {
      ...pool,
      of: (tenantId) => (isAway ? { ...pool.of(tenantId), query: gone as never } : pool.of(tenantId)),
    };
    const worker = createClaimBook(flaky);
    await worker.open(work);
    await worker.mark(work, "a");
    isAway = true;
    await expect(worker.close(work)).rejects.toThrow();
    await expect(worker.open(work)).rejects.toThrow();
    isAway = false;
    expect(await worker.open(work)).toEqual({ deaths: 0, deathsAt: {} });
    // But it is one when it dies before the database is back.
    expect(await newWorker().open(work)).toEqual({ deaths: 1, deathsAt: {} });
  });
});
