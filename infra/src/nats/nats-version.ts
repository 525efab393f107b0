import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** The oldest server that Millrace runs on: atomic batches and scheduled messages came with it. */
export const natsVersionMin = "2.12.0";

const run = promisify(execFile);

/** The version in the words of `nats-server --version`, such as "nats-server: v2.15.1"; null when it is none. */
export function parseNatsVersion(output: string): string | null {
  return /\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(output)?.[1] ?? null;
}

/** Orders versions as semantic versioning does: negative when `a` is older; a pre-release is older than its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (const index of [0, 1, 2] as const) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.preRelease === right.preRelease) return 0;
  if (left.preRelease === null) return 1;
  if (right.preRelease === null) return -1;
  return left.preRelease < right.preRelease ? -1 : 1;
}

/**
 * The version of the server at `file`.
 *
 * @throws Error when it does not run, does not answer within five seconds or names no version.
 */
export async function natsVersion(file: string): Promise<string> {
  const { stdout, stderr } = await run(file, ["--version"], { timeout: 5_000 });
  const version = parseNatsVersion(`${stdout}${stderr}`);
  if (!version) throw new Error(`${file} --version names no version.`);
  return version;
}

function split(version: string): { numbers: number[]; preRelease: string | null } {
  const [release = "", preRelease] = version.split(/-(.*)/s);
  return { numbers: release.split(".").map(Number), preRelease: preRelease ?? null };
}
