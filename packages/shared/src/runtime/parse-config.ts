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
export const envInt = (min: number, max: number) =>
  z.coerce.number("must be a number").int("must be a whole number").min(min).max(max);

/** Variables that every service reads. */
export const commonEnv = {
  ...natsEnv,
  ...metricsEnv,
  NATS_REPLICAS: envInt(1, 5).default(1),
  NATS_LOG_MIB: envInt(16, 1024 ** 2).default(4096),
  DATABASE_URL: z.string(
    "set it to the database, postgres://user:password@127.0.0.1:5432/millrace for example",
  ),
  /** How soon the claim of a worker that died is taken over. The same for all services. */
  CLAIM_SECONDS: envInt(1, 600).default(30),
  /** Backoffs grow up to this. */
  RETRY_CAP_SECONDS: envInt(1, 3_600).default(60),
  /** Where health and metrics are served; without a port, nowhere. 0 takes a free one. */
  OPS_HOST: z.string().default("127.0.0.1"),
  OPS_PORT: envInt(0, 65_535).optional(),
  ...telemetryEnv,
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).default("info"),
} as const;

/** How failed attempts are judged, as the environment has it. */
export function attemptPolicyOf(config: { readonly RETRY_CAP_SECONDS: number }): AttemptPolicy {
  return { ...defaultAttemptPolicy, retryCapMs: config.RETRY_CAP_SECONDS * 1_000 };
}
