import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unprivilegedUser } from "../process/run-as.ts";
import { startWatchdog, type Watchdog } from "../process/watchdog.ts";
import { packagedPostgres, reachablePostgres } from "./postgres-binaries.ts";
import { fallbackFolders, reachableFolder } from "./reachable-folder.ts";
import { startPostgres } from "./start-postgres.ts";

const isRoot = process.getuid?.() === 0;
const fallbackName = `test-${process.pid}`;

let closed: string;
let cache: string;
let watchdog: Watchdog;

beforeEach(() => {
  closed = mkdtempSync(join(tmpdir(), "millrace-closed-"));
  cache = mkdtempSync(join(tmpdir(), "millrace-cache-"));
  chmodSync(closed, 0o700);
  chmodSync(cache, 0o755);
  process.env.MILLRACE_CACHE = cache;
  watchdog = startWatchdog("QUIT", [closed, cache, ...fallbackFolders(fallbackName)]);
});

afterEach(() => {
  delete process.env.MILLRACE_CACHE;
  for (const folder of [closed, cache, ...fallbackFolders(fallbackName)]) {
    rmSync(folder, { recursive: true, force: true });
  }
  watchdog.dismiss();
});

test.runIf(isRoot)(
  "as root, from a checkout that nobody else can enter, Postgres runs as another user and keeps its data",
  async () => {
    const packaged = packagedPostgres();
    const binariesInside = join(closed, "node_modules/native");
    cpSync(packaged.folder, binariesInside, { recursive: true, verbatimSymlinks: true });
    const runAs = unprivilegedUser();
    const binaries = reachablePostgres({ folder: binariesInside, version: packaged.version }, runAs);
    expect(binaries.folder.startsWith(cache)).toBe(true);
    expect(reachablePostgres({ folder: binariesInside, version: packaged.version }, runAs)).toEqual(binaries);
    const dataFolder = reachableFolder(join(closed, ".millrace/postgres"), fallbackName, runAs);
    expect(fallbackFolders(fallbackName)).toContain(dataFolder);
    const spec = { binaries, dataFolder, logFile: join(cache, "pg.log"), password: "p@ss/word", runAs };

    const first = await startPostgres({ ...spec, onSpawn: ({ pid }) => watchdog.guard(pid) });
    await query(first.url, "CREATE TABLE kept AS SELECT 'x' AS value");
    expect(await query(first.url, "SELECT current_user AS it")).toEqual([{ it: "millrace" }]);
    await expect(query(first.url.replace("p%40ss%2Fword", "wrong"), "SELECT 1")).rejects.toThrow("password");
    expect(statSync(dataFolder)).toMatchObject({ uid: runAs?.uid, gid: runAs?.gid });
    await first.stop();

    const second = await startPostgres({ ...spec, onSpawn: ({ pid }) => watchdog.guard(pid) });
    expect(await query(second.url, "SELECT value FROM kept")).toEqual([{ value: "x" }]);
    await second.stop();
    expect(second.process.exit()).toEqual({ code: 0, signal: null });
  },
);

test.runIf(isRoot)("a checkout that everyone can enter keeps binaries and data where they are", () => {
  chmodSync(closed, 0o755);
  const runAs = unprivilegedUser();
  const inside = join(closed, ".millrace/postgres");
  expect(reachableFolder(inside, fallbackName, runAs)).toBe(inside);
});

test("data of another major version is refused with the way out", async () => {
  const dataFolder = join(cache, "old");
  mkdirSync(dataFolder);
  writeFileSync(join(dataFolder, "PG_VERSION"), "12\n");
  const start = startPostgres({
    binaries: packagedPostgres(),
    dataFolder,
    logFile: join(cache, "pg.log"),
    password: "x",
    runAs: null,
  });
  await expect(start).rejects.toThrow(/made by Postgres 12.*npm run reset/s);
});

test("an initdb that fails leaves nothing that looks like a data folder, and says what the log says", async () => {
  const packaged = packagedPostgres();
  const broken = join(closed, "native");
  cpSync(packaged.folder, broken, { recursive: true, verbatimSymlinks: true });
  rmSync(join(broken, "share/postgresql/postgres.bki"));
  const dataFolder = join(cache, "data");
  chmodSync(closed, 0o755);
  const start = startPostgres({
    binaries: { folder: broken, version: packaged.version },
    dataFolder,
    logFile: join(cache, "pg.log"),
    password: "x",
    runAs: unprivilegedUser(),
  });
  await expect(start).rejects.toThrow(/initdb failed.*postgres\.bki/s);
  expect(
    [dataFolder, `${dataFolder}.unfinished`, `${dataFolder}.password`].filter((path) => existsSync(path)),
  ).toEqual([]);
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
