import { chmodSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { unpackDebianPackage } from "../nats/debian-package.ts";
import { cacheFolder } from "../process/cache-folder.ts";

export type PrometheusProgram = "prometheus" | "promtool";

/**
 * Finds a program of Prometheus for tests: in the folder PROMETHEUS_BIN_DIR, in Millrace's cache, or out of the
 * distribution's package, which is then kept in the cache.
 *
 * @returns null where it cannot be had; `say` hears why
 */
export async function resolvePrometheus(
  program: PrometheusProgram,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  if (env.PROMETHEUS_BIN_DIR) return join(env.PROMETHEUS_BIN_DIR, program);
  const folder = join(cacheFolder(env), "prometheus", `${process.platform}-${process.arch}`);
  const file = join(folder, program);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const fetched = `${file}.${process.pid}`;
  try {
    await unpackDebianPackage(fetched, "/etc", { packageName: "prometheus", program, isFromTesting: false });
    chmodSync(fetched, 0o755);
    renameSync(fetched, file); // whole, or not at all
    return file;
  } catch (error) {
    say(
      `${program} is not here, and cannot be had: ${error instanceof Error ? error.message : String(error)}`,
    );
    return null;
  }
}
