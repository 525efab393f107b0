import { join } from "node:path";
import { resolveDebianProgram } from "../debian/resolve-debian-program.ts";

export type PrometheusProgram = "prometheus" | "promtool";

/**
 * Finds a program of Prometheus for tests: in the folder PROMETHEUS_BIN_DIR, in Millrace's cache, or out of the
 * distribution's package.
 *
 * @returns null where it cannot be had; `say` hears why
 */
export async function resolvePrometheus(
  program: PrometheusProgram,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  if (env.PROMETHEUS_BIN_DIR) return join(env.PROMETHEUS_BIN_DIR, program);
  return resolveDebianProgram({ packageName: "prometheus", program, isFromTesting: false }, say, env);
}
