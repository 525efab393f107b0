import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createS3Store } from "@millrace/shared/blobs/create-s3-store";
import { startTestS3, type TestS3 } from "@millrace/shared/blobs/testing/start-test-s3";
import { createOwnerPool, type OwnerPool } from "@millrace/shared/postgres/create-pool";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { runAsTyped } from "../testing/run-as-typed.ts";
import type { Finding } from "./finding.ts";

let s3: TestS3;
let database: TestDatabase;
let client: OwnerPool;
let id: string;
let store: ReturnType<typeof createS3Store>;

beforeAll(async () => {
  s3 = await startTestS3();
});
afterAll(() => s3?.stop());
let prefix = 0;
beforeEach(async () => {
  prefix += 1;
  store = createS3Store({ ...s3.options, prefix: `p${prefix}/` });
  database = await createTestDatabase();
  client = createOwnerPool(database.url, "test", 1, createLogger("test", "silent"));
  id = (await client.query<{ id: string }>("select id from installation")).rows[0]?.id ?? "";
});
afterEach(async () => {
  store.close();
  await client.end();
  await database.drop();
});

const given = (): Record<string, string> => ({
  DATABASE_URL: database.url,
  BLOB_STORE_S3_BUCKET: s3.options.bucket,
  BLOB_STORE_S3_ENDPOINT: s3.options.endpoint ?? "",
  BLOB_STORE_S3_PREFIX: `p${prefix}/`,
  BLOB_STORE_S3_ACCESS_KEY_ID: "S3RVER",
  BLOB_STORE_S3_SECRET_ACCESS_KEY: "S3RVER",
});
const blobsIn = (json: string): Finding[] =>
  (JSON.parse(json) as { findings: Finding[] }).findings.filter(({ check }) => check.startsWith("blobs."));

/** What the doctor says of the bucket. It leaves everything as it is. */
async function look(env: Record<string, string> = {}): Promise<Finding[]> {
  const before = await everything();
  const { stdout } = await runAsTyped(["doctor", "--json"], { env: { ...given(), ...env } });
  expect(await everything()).toEqual(before);
  return blobsIn(stdout);
}

/** All that is in the bucket's folder, and what the database knows of a store. */
async function everything() {
  const folder = dirname(s3.fileOf("any"));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map(async (file) => [file, await readFile(file, "hex")]));
  return { contents, rows: (await client.query("select * from installation")).rows };
}

const place = () => `s3://${s3.options.bucket}/p${prefix}/`;
const noteStore = () => client.query("update installation set blob_store_owner = id");

test("a bucket that nobody has used yet will be the store", async () => {
  expect(await look()).toEqual([
    { check: "blobs.reachable", status: "ok", found: `${place()} answers`, todo: null },
    expect.objectContaining({
      check: "blobs.owner",
      status: "ok",
      found: expect.stringContaining("will be"),
    }),
  ]);
});

test("the one with the database's mark is its store", async () => {
  await store.claim(id);
  await noteStore();
  expect((await look())[1]).toMatchObject({
    status: "ok",
    found: `${place()} is the store of attachments that the database uses`,
  });
});

test("one without its mark, or another installation's, is not, and it is said what to do", async () => {
  await noteStore();
  expect((await look())[1]).toMatchObject({
    status: "fail",
    found: `${place()} is not the store of attachments that the database uses`,
    todo: expect.stringContaining(`write ${id} into its file \`owner\``),
  });
  await store.claim("theirs");
  expect((await look())[1]).toMatchObject({
    status: "fail",
    found: `${place()} belongs to another installation`,
    todo: expect.stringContaining("installation theirs"),
  });
});

test("without a database only the bucket is looked at", async () => {
  expect(await look({ DATABASE_URL: "" })).toMatchObject([
    { check: "blobs.reachable", status: "ok" },
    { check: "blobs.owner", status: "skipped", todo: "Set DATABASE_URL." },
  ]);
});

test.each([
  [
    "a key that the server does not know",
    { BLOB_STORE_S3_ACCESS_KEY_ID: "STRANGER" },
    "refuses these credentials (InvalidAccessKeyId)",
  ],
  ["a bucket that is not there", { BLOB_STORE_S3_BUCKET: "no-such-bucket" }, "has no bucket no-such-bucket"],
  [
    "a server that is away",
    { BLOB_STORE_S3_ENDPOINT: "http://127.0.0.1:1" },
    "Nobody answers at http://127.0.0.1:1 (ECONNREFUSED)",
  ],
])("%s fails, and says so", async (_name, env, found) => {
  expect(await look(env)).toEqual([
    {
      check: "blobs.reachable",
      status: "fail",
      found: expect.stringContaining(found),
      todo: expect.stringContaining("BLOB_STORE_S3_"),
    },
  ]);
});

test("settings that are missing are asked for", async () => {
  expect(await look({ BLOB_STORE_S3_SECRET_ACCESS_KEY: "" })).toMatchObject([
    { status: "skipped", todo: expect.stringContaining("BLOB_STORE_S3_SECRET_ACCESS_KEY") },
  ]);
  expect(await look({ BLOB_STORE_S3_BUCKET: "" })).toMatchObject([
    { status: "skipped", todo: expect.stringContaining("BLOB_STORE_S3_BUCKET") },
  ]);
});

test("credentials that are found nowhere are asked for", async () => {
  const { DATABASE_URL: _url, ...env } = given();
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  // As a process: Amazon's client looks for them in its environment, its home, and at the machine's own service.
  const alone = { PATH: process.env.PATH, HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true" };
  const without = { BLOB_STORE_S3_ACCESS_KEY_ID: "", BLOB_STORE_S3_SECRET_ACCESS_KEY: "" };
  const run = promisify(execFile)(process.execPath, [main, "doctor", "--json"], {
    env: { ...alone, ...env, ...without },
  });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  expect(blobsIn(stdout)).toMatchObject([
    {
      status: "fail",
      found: expect.stringContaining("no credentials here"),
      todo: expect.stringContaining("BLOB_STORE_S3_ACCESS_KEY_ID"),
    },
  ]);
});
