import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { images } from "../containers/build-stand-ins.ts";
import { buildDashboard } from "../dashboard/build-dashboard.ts";
import { resolveNatsServer } from "../nats/resolve-nats-server.ts";
import { makeDatabaseUsers } from "../postgres/database-users.ts";
import { provideChromium } from "./find-chromium.ts";
import { startEmbeddedPostgres } from "./start-test-postgres.ts";
import type {} from "./test-backends.ts";

const templateDatabase = "millrace_template";
const migrateMain = fileURLToPath(
  new URL("../../../packages/shared/src/postgres/migrate-main.ts", import.meta.url),
);
const migrateTimeoutMs = 60_000;
/** What needs the dashboard as it is served, and a browser to look at it. */
const browserProjects = new Set(["browser", "screenshots"]);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * Runs once before the tests of a run: finds nats-server and starts the run's one Postgres, throwaway data with
 * flushing off, with all migrations in the template that every test database is a copy of. A run that has only
 * unit tests starts nothing. With `TEST_BACKENDS=containers` Postgres and the tests' brokers run in containers.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const needed = project.vitest.projects.some(({ name }) => name !== "unit");
  if (!needed) return undefined;
  const isContained = readBackends(process.env.TEST_BACKENDS);
  if (project.vitest.projects.some(({ name }) => browserProjects.has(name))) {
    await provideChromium(process.env, say);
    await buildDashboard();
  }
  const nats = await resolveNatsServer({ say });
  const postgres = isContained
    ? await (await import("./start-postgres-container.ts")).startPostgresContainer()
    : await startEmbeddedPostgres();
  try {
    await createDatabase(postgres.url);
    const template = Object.assign(new URL(postgres.url), { pathname: `/${templateDatabase}` }).href;
    await migrate(template);
    project.provide("millraceTestBackends", {
      postgresUrl: postgres.url,
      templateDatabase,
      serviceUrls: await makeDatabaseUsers(template),
      natsServerFile: nats.file,
      natsImage: isContained ? images.nats : null,
    });
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return () => postgres.stop();
}

/** @returns whether servers run in containers */
function readBackends(value = "embedded"): boolean {
  if (value !== "embedded" && value !== "containers")
    throw new Error(`TEST_BACKENDS is ${value}: set it to embedded (the default) or containers.`);
  return value === "containers";
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
