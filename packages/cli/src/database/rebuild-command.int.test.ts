import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import type { Fact } from "@millrace/shared/events/facts";
import { applyBatch } from "@millrace/shared/projection/apply-batch";
import { createTestPool, type TestPool } from "@millrace/shared/testing/create-test-pool";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

let database: TestDatabase;
let pool: TestPool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createTestPool(database.url, "sync-api", 2);
  await pool.query(
    "insert into checkpoints (name, epoch, stream_created, seq) values ('projector', 1, 'now', 0)",
  );
  for (const seq of [1, 2, 3]) {
    const event = {
      id: `p${seq}`,
      tenantId: "acme",
      accountId: "acc_1",
      time: "2026-01-01T00:00:00Z",
      source: "t",
    };
    const positioned = { position: { epoch: 1, seq }, event: { ...event, fact: page(seq - 1) } };
    await applyBatch(pool, { epoch: 1, seq: seq - 1 }, [positioned]);
  }
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  await pool.query("update syncs set listed = 9");
});

const page = (pageNumber: number): Fact => ({
  type: "page.listed",
  syncId: "s1",
  pageNumber,
  messageIds: ["a", "b", "c"],
  nextPageToken: "more",
  firstChunk: pageNumber * 2,
  chunkCount: 2,
  chunkSize: 2,
  listedBefore: pageNumber * 3,
  estimatedTotal: null,
  baseline: null,
  stage: "listing",
  round: 0,
  since: null,
  watermark: null,
  joined: 0,
  hadCopy: false,
  mark: "",
  changes: null,
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function millrace(args: string[], databaseUrl: string | undefined = database.url): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...(databaseUrl === "" ? {} : { DATABASE_URL: databaseUrl }) };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, "rebuild", ...args],
      { env, timeout: 40_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

const none = { missing: 0, extra: 0, different: 0, examples: [] };

test("--check finds nothing in views that are what the events tell", async () => {
  const { code, stdout } = await millrace(["--check", "--json"]);
  expect(code).toBe(0);
  expect(stdout.split("\n")).toHaveLength(2);
  expect(JSON.parse(stdout)).toEqual({
    events: 3,
    tables: {
      syncs: { rows: 1, ...none },
      chunks: { rows: 6, ...none },
      account_states: { rows: 0, ...none },
      dead_letters: { rows: 0, ...none },
      activity_minutes: { rows: expect.any(Number), ...none },
    },
    differences: 0,
    swapped: false,
  });
});

test("--check tells what differs and changes nothing; without it the views are made equal", async () => {
  await pool.query("update syncs set listed = 8");
  const check = await millrace(["--check"]);
  expect(check.code).toBe(1);
  expect(check.stdout).toContain("different: id s1; listed is 8 and should be 9");
  const again = await millrace(["--check", "--json"]);
  expect(again.code).toBe(1);
  expect(JSON.parse(again.stdout)).toMatchObject({
    tables: { syncs: { different: 1, examples: [{ kind: "different", key: { id: "s1" } }] } },
    differences: 1,
    swapped: false,
  });
  const swap = await millrace(["--json"]);
  expect(swap.code).toBe(0);
  expect(JSON.parse(swap.stdout)).toMatchObject({ differences: 1, swapped: true });
  expect((await pool.query("select listed::int from syncs")).rows).toEqual([{ listed: 9 }]);
});

test("what it needs and what it does can be asked for", async () => {
  const { code, stdout } = await millrace(["--help"], "");
  expect(code).toBe(0);
  expect(stdout).toContain("--check");
});

test("is refused to a service's user, who would be shown a part as if it were all", async () => {
  for (const args of [["--check"], []]) {
    const refused = await millrace(args, database.serviceUrls["sync-api"]);
    expect([refused.code, refused.stdout]).toEqual([2, ""]);
    expect(refused.stderr).toContain("This takes the owner of the tables");
    expect(refused.stderr).not.toContain(new URL(database.serviceUrls["sync-api"]).password);
  }
  expect((await pool.query("select listed::int from syncs")).rows).toEqual([{ listed: 9 }]);
});

test("says what is wrong, and never a password", async () => {
  const unset = await millrace(["--check"], "");
  expect([unset.code, unset.stdout]).toEqual([2, ""]);
  expect(unset.stderr).toContain("DATABASE_URL is not set");

  const away = await millrace([], "postgres://user:geheim@127.0.0.1:1/millrace");
  expect(away.code).toBe(2);
  expect(away.stderr).toContain("127.0.0.1:1/millrace");
  expect(away.stderr).not.toContain("geheim");

  const strange = new URL(database.url);
  strange.pathname = "/postgres";
  const other = await millrace([], strange.href);
  expect(other.code).toBe(2);
  expect(other.stderr).toContain("lacks tables of Millrace");

  expect((await millrace([], "not a url")).code).toBe(2);
  const unknown = await millrace(["--chek"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("--check");
});
