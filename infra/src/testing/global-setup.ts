import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { resolveNatsServer } from "../nats/resolve-nats-server.ts";
import { makeDatabaseUsers } from "../postgres/database-users.ts";
import { packagedPostgres, reachablePostgres } from "../postgres/postgres-binaries.ts";
import { postgresUrl, type RunningPostgres, startPostgres } from "../postgres/start-postgres.ts";
import { unprivilegedUser } from "../process/run-as.ts";
import { startWatchdog } from "../process/watchdog.ts";
import type {} from "./test-backends.ts";

const templateDatabase = "millrace_template";
const migrateMain = fileURLToPath(
  new URL("../../../packages/shared/src/postgres/migrate-main.ts", import.meta.url),
);
const migrateTimeoutMs = 60_000;

/**
 * Runs once before the tests of a run: finds nats-server and starts the run's one Postgres, throwaway data with
 * flushing off, with all migrations in the template that every test database is a copy of. A run that has only
 * unit tests starts nothing.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const needed = project.vitest.projects.some(({ name }) => name !== "unit");
  if (!needed) return undefined;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const nats = await resolveNatsServer({ say });
  const runAs = unprivilegedUser();
  const binaries = reachablePostgres(packagedPostgres(), runAs);
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
  chmodSync(folder, 0o711);
  const watchdog = startWatchdog("QUIT", [folder]);
  const cleanUp = async (postgres?: RunningPostgres) => {
    await postgres?.process.stop("SIGQUIT", 10_000);
    rmSync(folder, { recursive: true, force: true });
    watchdog.dismiss();
  };
  let postgres: RunningPostgres | undefined;
  try {
    const password = randomBytes(16).toString("hex");
    postgres = await startPostgres({
      binaries,
      dataFolder: join(folder, "postgres"),
      logFile: join(folder, "postgres.log"),
      password,
      runAs,
      unsafe: true,
    });
    watchdog.guard(postgres.process.pid);
    await createDatabase(postgres.url);
    const template = postgresUrl(postgres.port, password, templateDatabase);
    await migrate(template);
    const serviceUrls = await makeDatabaseUsers(template);
    project.provide("millraceTestBackends", {
      postgresUrl: postgres.url,
      templateDatabase,
      serviceUrls,
      natsServerFile: nats.file,
    });
  } catch (error) {
    await cleanUp(postgres);
    throw error;
  }
  return () => cleanUp(postgres);
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${templateDatabase}`);
  } finally {
    await client.end();
  }
}

function migrate(databaseUrl: string): Promise<void> {
  if (!existsSync(migrateMain)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [migrateMain], {
      env: { ...process.env, DATABASE_URL: databaseUrl },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: migrateTimeoutMs,
    });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => output.push(data));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The migrations failed (${code}):\n${Buffer.concat(output).toString("utf8")}`));
    });
  });
}
