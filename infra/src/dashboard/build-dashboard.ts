import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../start/data-folder.ts";

const folder = join(checkout, "packages/dashboard");
/** What the dashboard is made of. */
const sources = [
  "pnpm-lock.yaml",
  "packages/dashboard/package.json",
  "packages/dashboard/index.html",
  "packages/dashboard/vite.config.ts",
  "packages/dashboard/src",
  "packages/client/src",
];
const buildMsMax = 120_000;

export const dashboardDist = join(folder, "dist");

/**
 * Builds the dashboard unless what was built is of the same sources. What was there stays until the new one is whole.
 *
 * @returns whether something had to be done
 * @throws Error with what Vite said
 */
export async function buildDashboard(signal?: AbortSignal): Promise<boolean> {
  const print = fingerprint();
  const stamp = join(dashboardDist, ".sources");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === print) return false;
  const fresh = `${dashboardDist}-${process.pid}`;
  try {
    await runVite(fresh, signal);
    writeFileSync(join(fresh, ".sources"), print);
    rmSync(dashboardDist, { recursive: true, force: true });
    renameSync(fresh, dashboardDist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return true;
}

function runVite(outDir: string, signal?: AbortSignal): Promise<void> {
  const args = [join(folder, "node_modules/vite/bin/vite.js"), "build", "--outDir", outDir, "--emptyOutDir"];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: buildMsMax,
    ...(signal && { signal }),
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => said.push(part));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`The dashboard cannot be built (${code}):\n${Buffer.concat(said).toString("utf8")}`),
        );
    });
  });
}

function fingerprint(): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of filesOf(join(checkout, source))) hash.update(`${file}\n`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => !/[.]test[.]tsx?$/.test(name))
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}
