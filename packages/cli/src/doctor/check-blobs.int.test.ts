import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@millrace/infra/testing/test-database";
import { createOwnerPool } from "@millrace/shared/postgres/create-pool";
import { createLogger } from "@millrace/shared/runtime/create-logger";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runAsTyped } from "../testing/run-as-typed.ts";
import type { Finding } from "./finding.ts";

let database: TestDatabase;
let home: string;
beforeEach(async () => {
  database = await createTestDatabase();
  home = await mkdtemp(join(tmpdir(), "millrace-doctor-"));
});
afterEach(async () => {
  await rm(home, { recursive: true });
  await database.drop();
});

/** What the doctor says of a folder. It leaves everything as it is. */
async function look(folder: string, databaseUrl = database.url): Promise<Finding[]> {
  const before = await readdir(home, { recursive: true });
  const env = { BLOB_STORE_DIR: folder, DATABASE_URL: databaseUrl };
  const { stdout } = await runAsTyped(["doctor", "--json"], { env });
  expect(await readdir(home, { recursive: true })).toEqual(before);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return findings.filter(({ check }) => check.startsWith("blobs."));
}

async function noteStore(): Promise<void> {
  const pool = createOwnerPool(database.url, "test", 1, createLogger("test", "silent"));
  await pool.query("update installation set blob_store_owner = id");
  await pool.end();
}

test("a folder that is made with the first attachment is fine before it, and its disk is looked at", async () => {
  const folder = join(home, "data", "blobs");
  const [owner, room, ...others] = await look(folder);
  expect(others).toEqual([]);
  expect(owner).toMatchObject({ check: "blobs.owner", status: "ok", found: expect.stringContaining(folder) });
  expect(room?.check).toBe("blobs.room");
  expect(room?.found).toMatch(
    /^the disk of \S+blobs \(which is made with the first attachment\) is \d+ % full/,
  );
});

test("a folder that is not there fails once the database has a store", async () => {
  await noteStore();
  expect(await look(join(home, "blobs"))).toMatchObject([
    { check: "blobs.owner", status: "fail", found: expect.stringContaining("is not the store") },
    { check: "blobs.room", status: "fail", found: expect.stringContaining("ENOENT") },
  ]);
});

test("a folder that cannot be made fails, and is nobody's store to be", async () => {
  const file = join(home, "file");
  await writeFile(file, "");
  expect(await look(join(file, "blobs"))).toMatchObject([
    { check: "blobs.room", status: "fail", found: expect.stringContaining("ENOTDIR") },
  ]);
});

test("without the database nobody knows whether a folder should be there, and it is a warning", async () => {
  expect(await look(join(home, "blobs"), "")).toMatchObject([
    { check: "blobs.owner", status: "skipped" },
    { check: "blobs.room", status: "warn", todo: expect.stringContaining("set DATABASE_URL") },
  ]);
});
