import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withSecretFiles } from "@millrace/shared/runtime/with-secret-files";
import { checkout } from "../start/data-folder.ts";
import { serviceSpec } from "../start/service-spec.ts";
import { makeDatabase } from "./make-database.ts";
import { prepareSecrets } from "./prepare-secrets.ts";
import { runDemoSync } from "./run-demo-sync.ts";
import { serviceEnv } from "./service-env.ts";

const services = ["sync-api", "chunker", "fetcher", "janitor"] as const;

const usage = `usage: docker run millrace COMMAND [arguments]

  sync-api, chunker, fetcher, janitor   a service; configured by its environment
  migrate                               brings the schema of DATABASE_URL, as its owner, up to date
  millrace                              the command line
  simulator                             Gmail's API, simulated; --help tells its flags

For compose.yaml:
  setup                                 makes the secrets of all parts, once
  setup --new-encryption-key            puts a new key in front of those that seal credentials
  setup --retire-encryption-keys        takes away all but the first, once encryption-keys rotate has moved everything under it
  database                              the schema, and a database user for each service
  demo                                  a sync of the simulator's mailbox, shown to its end
`;

const programs: Readonly<Record<string, string | undefined>> = {
  migrate: "packages/shared/src/postgres/migrate-main.ts",
  millrace: "packages/cli/src/main.ts",
  simulator: "packages/gmail-simulator/src/main.ts",
};

type Preparation = (env: NodeJS.ProcessEnv, args: readonly string[]) => Promise<number>;

const preparations: Readonly<Record<string, Preparation | undefined>> = {
  setup: prepareSecrets,
  database: makeDatabase,
  demo: runDemoSync,
};

/** The entry of the image: what the container is, its first argument says. */
const [command = "--help", ...args] = process.argv.slice(2);
try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function run(): Promise<number> {
  const service = services.find((name) => name === command);
  if (service !== undefined) {
    const { entry, nodeArgs = [] } = serviceSpec(service);
    return become(nodeArgs, entry, await serviceEnv(process.env));
  }
  const program = programs[command];
  if (program !== undefined) return become([], join(checkout, program), await programEnv(process.env));
  const preparation = preparations[command];
  if (preparation !== undefined) return preparation(process.env, args);
  const isHelp = command === "--help";
  process[isHelp ? "stdout" : "stderr"].write(isHelp ? usage : `There is no command ${command}.\n\n${usage}`);
  return isHelp ? 0 : 2;
}

/** Replaces this process, so that signals reach what the container is for and nothing of this one stays in memory. */
function become(nodeArgs: readonly string[], entry: string, env: NodeJS.ProcessEnv): never {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  if (process.execve === undefined)
    throw new Error("This Node cannot replace itself: 24 or newer is needed.");
  return process.execve(process.execPath, ["node", ...nodeArgs, entry, ...args], set);
}

/** The command line takes what is secret from the environment alone. */
async function programEnv(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const given = withSecretFiles(env);
  // Given twice is refused.
  const read = Object.fromEntries(
    Object.entries(given).filter(([name]) => !(name.endsWith("_FILE") && given[name.slice(0, -5)])),
  );
  const file = env.MILLRACE_KEY_FILE;
  return file && !env.MILLRACE_KEY ? { ...read, MILLRACE_KEY: (await readFile(file, "utf8")).trim() } : read;
}
