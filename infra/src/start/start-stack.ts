import { chooseApiPort } from "./choose-api-port.ts";
import type { DemoMailbox } from "./demo-mailbox.ts";
import { demoSimulator, simulatorEnv } from "./demo-simulator.ts";
import { embeddedNats } from "./embedded-nats.ts";
import { embeddedPostgres } from "./embedded-postgres.ts";
import { migrateSchema } from "./migrate-schema.ts";
import type { StackContext } from "./stack-context.ts";
import { startService } from "./start-service.ts";

export interface Stack {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** For tenants and their keys. */
  readonly operatorKey: string;
  /** Where the servers are that it started itself; null for those that the environment names. */
  readonly natsUrl: string | null;
  readonly databaseUrl: string | null;
  readonly simulatorUrl: string | null;
}

const services = ["sync-api", "chunker", "fetcher", "janitor"] as const;

/**
 * Starts all that Millrace needs, each part as a process of its own, and keeps them running. What the environment
 * names (DATABASE_URL, NATS_URL, Google credentials) is used instead of the part of ours.
 *
 * @param mailbox what the Gmail simulator serves; null starts no simulator.
 * @throws Error that says which part did not start, and why.
 */
export async function startStack(context: StackContext, mailbox: DemoMailbox | null): Promise<Stack> {
  const { env, data, options, signal } = context;
  const port = await chooseApiPort(context);
  const apiUrl = `http://127.0.0.1:${port}`;
  const [natsUrl, databaseUrl, simulatorUrl] = await Promise.all([
    env.NATS_URL ? useGiven(context, "NATS", env.NATS_URL) : embeddedNats(context),
    (env.DATABASE_URL ? useGiven(context, "Postgres", env.DATABASE_URL) : embeddedPostgres(context)).then(
      (url) => migrateSchema(context, url),
    ),
    mailbox ? demoSimulator(context, mailbox, apiUrl) : Promise.resolve(null),
  ]);
  signal.throwIfAborted();
  const secrets = data.secrets();
  const apiKey = env.MILLRACE_BOOTSTRAP_KEY || secrets.bootstrapKey;
  const operatorKey = env.MILLRACE_OPERATOR_KEYS || secrets.operatorKey;
  const shared: NodeJS.ProcessEnv = {
    ...env,
    NATS_URL: natsUrl,
    DATABASE_URL: databaseUrl,
    BLOB_STORE_DIR: env.BLOB_STORE_DIR || data.blobs,
    MILLRACE_ENCRYPTION_KEYS: env.MILLRACE_ENCRYPTION_KEYS || secrets.encryptionKeys,
    ...(simulatorUrl ? simulatorEnv(simulatorUrl, options.quotas) : {}),
    // Without credentials and without a simulator the services still serve what is stored.
    ...(simulatorUrl || env.GOOGLE_CLIENT_ID
      ? {}
      : { GOOGLE_CLIENT_ID: "unset", GOOGLE_CLIENT_SECRET: "unset" }),
  };
  const apiEnv = {
    ...shared,
    HOST: "127.0.0.1",
    PORT: String(port),
    MILLRACE_BOOTSTRAP_TENANT: env.MILLRACE_BOOTSTRAP_TENANT || "demo",
    MILLRACE_BOOTSTRAP_KEY: apiKey,
    MILLRACE_OPERATOR_KEYS: operatorKey,
  };
  await Promise.all(
    services.map((name) => startService(context, name, name === "sync-api" ? apiEnv : shared)),
  );
  signal.throwIfAborted();
  return {
    apiUrl,
    apiKey,
    operatorKey,
    natsUrl: env.NATS_URL ? null : natsUrl,
    databaseUrl: env.DATABASE_URL ? null : databaseUrl,
    simulatorUrl,
  };
}

async function useGiven({ announcer }: StackContext, name: string, url: string): Promise<string> {
  announcer.line(`${name}: using ${withoutPassword(url)}`);
  return url;
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
  } catch {
    return "the given server";
  }
}
