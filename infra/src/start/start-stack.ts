import { natsEnv } from "@millrace/shared/nats/nats-env";
import { Keyring, KeyringError } from "@millrace/shared/postgres/keyring";
import { buildDashboard } from "../dashboard/build-dashboard.ts";
import { seedFileIn } from "../nats/broker-users.ts";
import { makeFollowers } from "../nats/make-followers.ts";
import { makeDatabaseUsers } from "../postgres/database-users.ts";
import { chooseApiPort } from "./choose-api-port.ts";
import { demoSimulator, simulatorEnv } from "./demo-simulator.ts";
import { type EmbeddedNats, embeddedNats } from "./embedded-nats.ts";
import { embeddedPostgres } from "./embedded-postgres.ts";
import type { MailSource } from "./mail-source.ts";
import { migrateSchema } from "./migrate-schema.ts";
import type { StackContext } from "./stack-context.ts";
import { UsageError } from "./start-options.ts";
import { startService } from "./start-service.ts";
import { usableKey } from "./usable-key.ts";
import { type GivenServer, givenNats, givenPostgres, waitForGiven } from "./wait-for-given.ts";

export interface Stack {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** For tenants and their keys. */
  readonly operatorKey: string;
  /** Where the servers are that it started itself; null for those that the environment names. */
  readonly nats: EmbeddedNats | null;
  readonly databaseUrl: string | null;
  readonly simulatorUrl: string | null;
}

interface GivenNats {
  readonly url: string;
  /** Of `npm run nats-users`; null: all services come as the environment says. */
  readonly usersFolder: string | null;
}

const waysIn = ["NATS_CREDS_FILE", "NATS_USER", "NATS_PASSWORD", "NATS_PASSWORD_FILE"];
/** With that the services still serve what is stored. Nobody listens there: what was connected to the simulator must not be asked for at Google's. */
const nowhere = {
  GOOGLE_CLIENT_ID: "unset",
  GOOGLE_CLIENT_SECRET: "unset",
  GMAIL_ROOT_URL: "http://127.0.0.1:1/",
  GOOGLE_TOKEN_URL: "http://127.0.0.1:1/token",
};
const services = ["sync-api", "chunker", "fetcher", "janitor"] as const;

/**
 * Starts all that Millrace needs, each part as a process of its own, and keeps them running. What the environment
 * names (DATABASE_URL, NATS_URL, Google credentials) is used instead of the part of ours.
 *
 * @param source of mail; the Gmail simulator is started only where it is that.
 * @throws Error that says which part did not start, and why.
 */
export async function startStack(context: StackContext, source: MailSource): Promise<Stack> {
  const { env, data, options, signal } = context;
  checkKeyring(env);
  const port = await chooseApiPort(context);
  const apiUrl = `http://127.0.0.1:${port}`;
  const tenantId = env.MILLRACE_BOOTSTRAP_TENANT || "demo";
  const [nats, database, simulatorUrl] = await Promise.all([
    env.NATS_URL ? useGivenNats(context, env.NATS_URL) : embeddedNats(context, tenantId),
    (env.DATABASE_URL ? useGivenPostgres(context, env.DATABASE_URL) : embeddedPostgres(context)).then(
      async (url) => {
        await migrateSchema(context, url);
        // In a Postgres of ours each service is a user of its own; in a given one all come as the environment says.
        return { url, serviceUrls: env.DATABASE_URL ? null : await makeDatabaseUsers(url) };
      },
    ),
    source.kind === "simulator" ? demoSimulator(context, source.mailbox, apiUrl) : null,
    bringDashboard(context),
  ]);
  signal.throwIfAborted();
  const secrets = data.secrets();
  const apiKey = env.MILLRACE_BOOTSTRAP_KEY || secrets.bootstrapKey;
  const operatorKey = env.MILLRACE_OPERATOR_KEYS || secrets.operatorKey;
  const shared: NodeJS.ProcessEnv = {
    ...env,
    OTEL_SERVICE_NAME: "", // one name for all of them would tell none apart
    DATABASE_URL: database.url,
    BLOB_STORE_DIR: env.BLOB_STORE_DIR || data.blobs,
    MILLRACE_ENCRYPTION_KEYS: env.MILLRACE_ENCRYPTION_KEYS || secrets.encryptionKeys,
    ...(simulatorUrl === null ? {} : simulatorEnv(simulatorUrl, options.quotas)),
    ...(source.kind === "none" ? nowhere : {}),
  };
  const apiEnv = {
    ...shared,
    HOST: "127.0.0.1",
    PORT: String(port),
    MILLRACE_BOOTSTRAP_TENANT: tenantId,
    MILLRACE_BOOTSTRAP_KEY: apiKey,
    MILLRACE_OPERATOR_KEYS: operatorKey,
    // People who connect a mailbox by link come back to the API itself, until there is an application.
    MILLRACE_BOOTSTRAP_RETURN_URLS: env.MILLRACE_BOOTSTRAP_RETURN_URLS || apiUrl,
  };
  await Promise.all(
    services.map((name) =>
      startService(context, name, {
        ...(name === "sync-api" ? apiEnv : shared),
        ...brokerEnv(nats, name),
        ...(database.serviceUrls && { DATABASE_URL: database.serviceUrls[name] }),
      }),
    ),
  );
  if ("users" in nats) await makeFollowers(nats.url, nats.users);
  signal.throwIfAborted();
  const access = { apiUrl, tenantId, apiKey, operatorKeys: operatorKey };
  return {
    apiUrl,
    apiKey: await usableKey(context, access),
    operatorKey,
    nats: "users" in nats ? nats : null,
    databaseUrl: env.DATABASE_URL ? null : database.url,
    simulatorUrl,
  };
}

/** Without its dashboard Millrace runs as well: what is wrong with it is said, and `/` says what to do. */
async function bringDashboard({ announcer, signal }: StackContext): Promise<void> {
  try {
    const build = (): Promise<boolean> => buildDashboard(signal);
    await announcer.step("Building the dashboard", build, (isNew) =>
      isNew ? "Dashboard built" : "Dashboard up to date",
    );
  } catch (error) {
    signal.throwIfAborted();
    announcer.line(error instanceof Error ? error.message : String(error));
  }
}

/** What no service would start with is said before a server is started. @throws UsageError */
function checkKeyring({ MILLRACE_ENCRYPTION_KEYS: keys }: NodeJS.ProcessEnv): void {
  if (!keys) return;
  try {
    Keyring.parse(keys);
  } catch (error) {
    throw error instanceof KeyringError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** How a service comes to the broker; what the environment says of another one (the nats command line's) is left out. */
function brokerEnv(nats: EmbeddedNats | GivenNats, service: string): NodeJS.ProcessEnv {
  const [seedFile, foreign] =
    "users" in nats
      ? [nats.users.seedFile(service), Object.keys(natsEnv)]
      : [nats.usersFolder && seedFileIn(nats.usersFolder, service), waysIn];
  if (!seedFile) return { NATS_URL: nats.url };
  return {
    ...Object.fromEntries(foreign.map((name) => [name, ""])),
    NATS_URL_FILE: "",
    NATS_URL: nats.url,
    NATS_NKEY_SEED_FILE: seedFile,
  };
}

async function useGivenNats(context: StackContext, url: string): Promise<GivenNats> {
  await useGiven(context, url, givenNats(url));
  return { url, usersFolder: context.env.NATS_USERS_DIR || null };
}

async function useGivenPostgres(context: StackContext, url: string): Promise<string> {
  await useGiven(context, url, givenPostgres(url));
  return url;
}

async function useGiven(context: StackContext, url: string, server: GivenServer): Promise<void> {
  context.announcer.line(`${server.name}: using ${withoutPassword(url)}`);
  await waitForGiven(context, server);
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
  } catch {
    return "the given server";
  }
}
