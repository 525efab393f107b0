import pg from "pg";
import { packagedPostgres, reachablePostgres } from "../postgres/postgres-binaries.ts";
import { reachableFolder } from "../postgres/reachable-folder.ts";
import { postgresUrl, startPostgres } from "../postgres/start-postgres.ts";
import { unprivilegedUser } from "../process/run-as.ts";
import { supervise } from "../process/supervise.ts";
import { type StackContext, tellAbout } from "./stack-context.ts";

const databaseName = "millrace";

/** Starts our own Postgres with its data in the data folder; returns the URL of Millrace's database. */
export async function embeddedPostgres({ announcer, data, table, signal }: StackContext): Promise<string> {
  const runAs = unprivilegedUser();
  const password = data.secrets().postgresPassword;
  const logFile = data.freshLog("postgres");
  let port: number | undefined;
  const started = await announcer.step(
    "Starting Postgres",
    async () => {
      const binaries = reachablePostgres(packagedPostgres(), runAs);
      const dataFolder = reachableFolder(data.postgres, data.fallbackName, runAs);
      const start = async () => {
        const running = await startPostgres({
          binaries,
          dataFolder,
          logFile,
          password,
          runAs,
          ...(port ? { port } : {}),
          onSpawn: (process) => table.track("postgres", "postgres", process),
        });
        port = running.port;
        return running;
      };
      const running = await supervise({ name: "postgres", start, signal, ...tellAbout(announcer) });
      await createDatabase(running.url);
      return { port: running.port, version: binaries.version.replace(/-.*/, "") };
    },
    ({ version }) => `Postgres ${version} ready${runAs ? ` (as ${runAs.name})` : ""}`,
  );
  return postgresUrl(started.port, password, databaseName);
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [databaseName]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`);
  } finally {
    await client.end();
  }
}
