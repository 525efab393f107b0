import { z } from "zod";
import { createLogger } from "../runtime/create-logger.ts";
import { commonEnv, parseConfig } from "../runtime/parse-config.ts";
import { withSecretFiles } from "../runtime/with-secret-files.ts";
import { migrate } from "./migrate.ts";

const exitCodeUnavailable = 69; // EX_UNAVAILABLE of sysexits.h
const unreachable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EAI_AGAIN",
]);

const config = parseConfig(
  z.object(commonEnv).pick({ DATABASE_URL: true, LOG_LEVEL: true }),
  withSecretFiles(process.env),
);
try {
  const applied = await migrate(config.DATABASE_URL);
  createLogger("migrate", config.LOG_LEVEL).info(
    { event: "migrate.done", applied },
    "the schema is up to date",
  );
} catch (error) {
  const { code } = error as { code?: string };
  if (code === undefined || !unreachable.has(code)) throw error;
  const { hostname, port } = new URL(config.DATABASE_URL);
  process.stderr.write(
    `Postgres at ${hostname}:${port || 5432} does not answer (${code}). Start it, or set DATABASE_URL to one that runs.\n`,
  );
  process.exitCode = exitCodeUnavailable;
}
