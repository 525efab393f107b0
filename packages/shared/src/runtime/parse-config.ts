import { z } from "zod";
import { natsEnv } from "../nats/nats-env.ts";
import { metricsEnv } from "../telemetry/metrics/metrics-env.ts";
import { telemetryEnv } from "../telemetry/telemetry-env.ts";
import { type AttemptPolicy, defaultAttemptPolicy } from "./decide-attempt.ts";

/** Thrown when the environment does not make a configuration; the message names every variable and what to set. */
export class ConfigError extends Error {
  readonly code = "config_invalid";
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    );
    this.name = "ConfigError";
  }
}

/**
 * Reads a service's configuration out of the environment and reports all problems at once.
 * An empty variable counts as absent. Values are never repeated in a problem: they may be secret.
 *
 * @param more problems that were found elsewhere, to be reported with the others
 * @throws {ConfigError}
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
  more: readonly string[] = [],
): z.output<S> {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success && more.length === 0) return parsed.data;
  const problems = (parsed.error?.issues ?? []).map((issue) => {
    const name = issue.path.join(".") || "(environment)";
    return present[name] === undefined ? `${name} is not set: ${issue.message}` : `${name}: ${issue.message}`;
  });
  throw new ConfigError([...problems, ...more]);
}

/** A whole number in a variable. */
export const envInt = (min: number, max: number) => {
  const range = `must be a number from ${min} to ${max}`;
  return z.coerce.number("must be a number").int("must be a whole number").min(min, range).max(max, range);
};

/** Variables that every service reads. */
export const commonEnv = {
  ...natsEnv,
  ...metricsEnv,
  NATS_REPLICAS: envInt(1, 5)
    .default(1)
    .describe(
      "copies of each stream; 3 in a cluster. The same for all: the janitor brings streams up to date, the others wait for it",
    ),
  NATS_LOG_MIB: envInt(16, 1024 ** 2)
    .default(4096)
    .describe(
      "how large the log may grow before publishers wait; the broker sets it aside. The same for all",
    ),
  DATABASE_URL: z
    .string("set it to the database, postgres://user:password@127.0.0.1:5432/millrace for example")
    .describe("Postgres; tested on 18. The service's own user's ([Your own Postgres](#your-own-postgres))"),
  CLAIM_SECONDS: envInt(1, 600)
    .default(30)
    .describe("how soon the work of a process that died is taken over; the same for all"),
  RETRY_CAP_SECONDS: envInt(1, 3_600).default(60).describe("backoffs grow up to this"),
  OPS_HOST: z
    .string()
    .default("127.0.0.1")
    .describe(
      "the address on which health and metrics are served ([Metrics and health](#metrics-and-health))",
    ),
  OPS_PORT: envInt(0, 65_535)
    .optional()
    .describe(
      "the port of health and metrics; without one they are served nowhere, 0 takes a free one, which the log names (`event=ops.listening`)",
    ),
  ...telemetryEnv,
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal"])
    .default("info")
    .describe("JSON lines on standard output"),
} as const;

/** How failed attempts are judged, as the environment has it. */
export function attemptPolicyOf(config: { readonly RETRY_CAP_SECONDS: number }): AttemptPolicy {
  return { ...defaultAttemptPolicy, retryCapMs: config.RETRY_CAP_SECONDS * 1_000 };
}
