import { execFile } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const installMsMax = 300_000;

/** The browser for tests: `CHROMIUM_BIN`, or the machine's. Null: there is none. */
export function findChromium(env: NodeJS.ProcessEnv): string | null {
  if (env.CHROMIUM_BIN) return env.CHROMIUM_BIN;
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram) ?? null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A CI that may change its machine gets Debian's Chromium; anybody else is told by the tests that are skipped. */
export async function provideChromium(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<void> {
  if (findChromium(env) !== null) return;
  if (!env.CI || process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    say(
      "No Chromium is here, so tests in a browser are skipped: apt-get install chromium, or set CHROMIUM_BIN.",
    );
    return;
  }
  say("Installing Chromium …");
  const options = { timeout: installMsMax, env: { ...env, DEBIAN_FRONTEND: "noninteractive" } };
  try {
    await run("apt-get", ["-q", "update"], options);
    await run("apt-get", ["-q", "-y", "install", "--no-install-recommends", "chromium"], options);
  } catch (error) {
    say(`Chromium cannot be installed, so tests in a browser are skipped: ${error}`);
  }
}
