import { readFileSync } from "node:fs";
import { ConfigError } from "./parse-config.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What may be given as a file, the way Docker and Kubernetes hand out secrets. */
const secrets = [
  "DATABASE_URL",
  "DATABASE_OWNER_URL",
  "NATS_URL",
  "MILLRACE_ENCRYPTION_KEYS",
  "MILLRACE_OPERATOR_KEYS",
  "MILLRACE_BOOTSTRAP_KEY",
  "GOOGLE_CLIENT_SECRET",
  "BLOB_STORE_S3_SECRET_ACCESS_KEY",
  "OTEL_EXPORTER_OTLP_HEADERS",
] as const;

/**
 * The environment with the content of the files that `<NAME>_FILE` names, without the end of their last line.
 *
 * @throws {ConfigError} names each variable that is given twice, and each file that cannot be read
 */
export function withSecretFiles(env: Env): Env {
  const problems: string[] = [];
  const read: Record<string, string> = {};
  for (const name of secrets) {
    const path = env[`${name}_FILE`];
    if (!path) continue;
    if (env[name]) problems.push(`${name} and ${name}_FILE are both set: set one of them`);
    try {
      read[name] = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push(`${name}_FILE: ${path} cannot be read (${code ?? "unknown"})`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...env, ...read };
}
