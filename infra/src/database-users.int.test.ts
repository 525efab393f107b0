import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serviceNames } from "@millrace/shared/nats/service-rights";
import { roleOf } from "@millrace/shared/postgres/database-rights";
import { migrate } from "@millrace/shared/postgres/migrate";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packagedPostgres, reachablePostgres } from "./postgres/postgres-binaries.ts";
import { type RunningPostgres, startPostgres } from "./postgres/start-postgres.ts";
import { unprivilegedUser } from "./process/run-as.ts";
import { startWatchdog } from "./process/watchdog.ts";

const command = fileURLToPath(new URL("./database-users.ts", import.meta.url));

let folder: string;
let watchdog: ReturnType<typeof startWatchdog>;
let server: RunningPostgres;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-database-users-"));
  chmodSync(folder, 0o711);
  watchdog = startWatchdog("QUIT", [folder]);
  const runAs = unprivilegedUser();
  server = await startPostgres({
    binaries: reachablePostgres(packagedPostgres(), runAs),
    dataFolder: join(folder, "data"),
    logFile: join(folder, "postgres.log"),
    password: randomBytes(16).toString("hex"),
    runAs,
    unsafe: true,
  });
  watchdog.guard(server.process.pid);
});
afterAll(async () => {
  await server?.process.stop("SIGQUIT", 10_000);
  rmSync(folder, { recursive: true, force: true });
  watchdog?.dismiss();
});

const users = (): string => join(folder, "users");

function run(...args: string[]) {
  return spawnSync(process.execPath, [command, ...args], { encoding: "utf8" });
}

async function ask(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

const urlOf = (service: string): string => readFileSync(join(users(), `${service}.url`), "utf8").trim();

test("each service gets a user of its own, who is its role and nothing else", async () => {
  await migrate(server.url);
  const made = run(users(), server.url, "--run");
  expect([made.status, made.stderr]).toEqual([0, ""]);
  for (const service of serviceNames) {
    expect(made.stdout).toContain(join(users(), `${service}.url`));
    expect(statSync(join(users(), `${service}.url`)).mode & 0o077).toBe(0);
    const { rows } = await ask(
      urlOf(service),
      `select rolname as role from pg_roles where pg_has_role(rolname, 'member') and rolname <> current_user and rolname like 'millrace%'`,
    );
    expect(rows).toEqual([{ role: roleOf(service) }]);
    const flags = await ask(
      urlOf(service),
      "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as more from pg_roles where rolname = current_user",
    );
    expect(flags.rows).toEqual([{ more: false }]);
  }
});

test("the SQL bears no password, and the same one again changes none", async () => {
  const before = serviceNames.map(urlOf);
  expect(run(users(), server.url, "--run").status).toBe(0);
  expect(serviceNames.map(urlOf)).toEqual(before);
  const sql = readFileSync(join(users(), "database-users.sql"), "utf8");
  for (const url of before) {
    expect(sql).not.toContain(new URL(url).password);
    expect((await ask(url, "select 1 as one")).rows).toEqual([{ one: 1 }]);
  }
  // It is whole: whoever may make roles runs it by himself.
  await ask(server.url, sql);
});

test("a renewed password is another one, and the old one opens nothing", async () => {
  const [before, other] = [urlOf("fetcher"), urlOf("chunker")];
  expect(run(users(), server.url, "--run", "--renew", "fetcher").status).toBe(0);
  await expect(ask(before, "select 1")).rejects.toMatchObject({ code: "28P01" });
  expect((await ask(urlOf("fetcher"), "select 1 as one")).rows).toEqual([{ one: 1 }]);
  expect(urlOf("chunker")).toBe(other);
});

test("says what it wants", () => {
  expect(run().stderr).toContain("usage: npm run database-users");
  expect(run("--help").stdout).toContain("--renew SERVICE");
  const nobody = run(users(), server.url, "--renew", "nobody");
  expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining("There is no service nobody")]);
});
