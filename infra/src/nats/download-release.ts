import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** The release that is fetched where the machine has no new enough nats-server. */
export const natsRelease = "2.15.1";

export interface ReleaseSource {
  /** Where the release's files are: SHA256SUMS and the archives. */
  readonly baseUrl: string;
  readonly version: string;
  /** For the two downloads together. */
  readonly timeoutMs: number;
}

const run = promisify(execFile);
const archiveBytesMax = 64 * 1024 * 1024;

/** The project's own release files, or those at MILLRACE_NATS_RELEASE_URL (an in-house copy, for example). */
export function releaseSource(env: NodeJS.ProcessEnv): ReleaseSource {
  const baseUrl =
    env.MILLRACE_NATS_RELEASE_URL ||
    `https://github.com/nats-io/nats-server/releases/download/v${natsRelease}`;
  return { baseUrl: baseUrl.replace(/\/$/, ""), version: natsRelease, timeoutMs: 60_000 };
}

/**
 * The name of the release's archive for a platform.
 *
 * @throws Error for a platform that Millrace does not fetch a server for.
 */
export function archiveName(version: string, platform: string, arch: string): string {
  const machine = { x64: "amd64", arm64: "arm64" }[arch];
  if (!machine || (platform !== "linux" && platform !== "darwin")) {
    throw new Error(`there is no archive that Millrace can use for ${platform}-${arch}`);
  }
  return `nats-server-v${version}-${platform}-${machine}.tar.gz`;
}

/** The digest of one file in a SHA256SUMS list; null when it is not listed. */
export function findDigest(sums: string, name: string): string | null {
  for (const line of sums.split("\n")) {
    const match = /^([0-9a-fA-F]{64})\s+\*?(\S+)\s*$/.exec(line);
    if (match?.[1] && match[2] === name) return match[1].toLowerCase();
  }
  return null;
}

/**
 * Downloads the release's archive for this platform, checks it against the release's SHA256SUMS and unpacks the
 * program. Proxies in the usual environment variables are used.
 *
 * @param destination where the program is put (its folder exists).
 * @throws Error that says why: unreachable, refused, too slow, or not what the checksum promises.
 */
export async function downloadRelease(destination: string, source: ReleaseSource): Promise<void> {
  const name = archiveName(source.version, process.platform, process.arch);
  const restoreProxy = http.setGlobalProxyFromEnv();
  const work = mkdtempSync(join(tmpdir(), "millrace-download-"));
  try {
    const signal = AbortSignal.timeout(source.timeoutMs);
    const sums = (await download(`${source.baseUrl}/SHA256SUMS`, signal)).toString("utf8");
    const expected = findDigest(sums, name);
    if (!expected) throw new Error(`SHA256SUMS does not list ${name}`);
    const archive = await download(`${source.baseUrl}/${name}`, signal);
    const actual = createHash("sha256").update(archive).digest("hex");
    if (actual !== expected) {
      throw new Error(`the checksum of ${name} is ${actual}, and SHA256SUMS says ${expected}`);
    }
    const file = join(work, name);
    writeFileSync(file, archive);
    await run("tar", ["-xzf", file, "-C", work], { timeout: 30_000 });
    copyFileSync(join(work, name.replace(/\.tar\.gz$/, ""), "nats-server"), destination);
  } finally {
    restoreProxy();
    rmSync(work, { recursive: true, force: true });
  }
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > archiveBytesMax) throw new Error(`more than ${archiveBytesMax} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw new Error(`${url}: ${reason(error)}`, { cause: error });
  }
}

/** `fetch failed` says nothing: the cause below it does. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no complete answer in time";
  const { code, message } = (error.cause ?? {}) as { code?: string; message?: string };
  return [error.message, code ?? message].filter(Boolean).join(": ");
}
