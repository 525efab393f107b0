import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseOsRelease, rewriteDeb822Sources, rewriteOneLineSources } from "./rewrite-apt-sources.ts";

const run = promisify(execFile);
const updateTimeoutMs = 90_000;
const downloadTimeoutMs = 90_000;

/**
 * Takes a package of Debian's: it is downloaded through the machine's own mirrors, whose signatures apt checks, and
 * unpacked in a folder. Nothing is installed and apt's own state stays as it is, so it works for any user. What the
 * package depends on does not come with it.
 *
 * @param destination gets the package's tree, usr/… (made when absent).
 * @param isFromTesting of Debian's testing suite, which is newer; false: of the machine's own release
 * @throws Error that says why, when this is no Debian-like machine or a step fails.
 */
export async function unpackDebianPackage(
  name: string,
  destination: string,
  { etc = "/etc", isFromTesting = true }: { readonly etc?: string; readonly isFromTesting?: boolean } = {},
): Promise<void> {
  const release = readOsRelease(etc);
  const work = mkdtempSync(join(tmpdir(), "millrace-apt-"));
  try {
    const options = prepareApt(work, etc, release, isFromTesting ? "testing" : release);
    await apt(work, [...options, "update"], updateTimeoutMs);
    await apt(work, [...options, "download", name], downloadTimeoutMs);
    const archive = readdirSync(work).find((file) => file.startsWith(`${name}_`) && file.endsWith(".deb"));
    if (!archive) throw new Error(`apt-get download brought no ${name} package.`);
    mkdirSync(destination, { recursive: true });
    await run("dpkg-deb", ["-x", join(work, archive), destination], { timeout: 60_000 });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function readOsRelease(etc: string): string {
  const file = join(etc, "os-release");
  if (!existsSync(file)) throw new Error("this is no Debian-like system (no /etc/os-release)");
  const { codename, debianLike } = parseOsRelease(readFileSync(file, "utf8"));
  if (!debianLike) throw new Error("this is no Debian-like system");
  return codename ?? "stable";
}

/** Lays out folders and sources for apt; returns the options that make it use them and nothing else. */
function prepareApt(work: string, etc: string, release: string, suite: string): string[] {
  const parts = join(work, "sources.list.d");
  for (const folder of [
    parts,
    join(work, "lists/partial"),
    join(work, "cache/archives/partial"),
    join(work, "none"),
  ]) {
    mkdirSync(folder, { recursive: true });
  }
  let found = 0;
  const copy = (file: string, name: string) => {
    if (!existsSync(file)) return;
    const rewrite = name.endsWith(".sources") ? rewriteDeb822Sources : rewriteOneLineSources;
    const text = rewrite(readFileSync(file, "utf8"), release, suite);
    if (!text) return;
    writeFileSync(join(parts, name), text);
    found += 1;
  };
  copy(join(etc, "apt/sources.list"), "main.list");
  const machineParts = join(etc, "apt/sources.list.d");
  for (const name of existsSync(machineParts) ? readdirSync(machineParts).sort() : []) {
    if (name.endsWith(".sources") || name.endsWith(".list")) copy(join(machineParts, name), name);
  }
  if (found === 0) throw new Error(`no apt source of the distribution's own (${release}) was found`);
  return Object.entries({
    "Dir::Etc::sourcelist": join(work, "none/sources.list"),
    "Dir::Etc::sourceparts": parts,
    "Dir::Etc::preferences": join(work, "none/preferences"),
    "Dir::Etc::preferencesparts": join(work, "none"),
    "Dir::State::lists": join(work, "lists"),
    "Dir::Cache": join(work, "cache"),
    "APT::Default-Release": "",
    "APT::Sandbox::User": process.getuid?.() === 0 ? "root" : "",
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

async function apt(cwd: string, args: readonly string[], timeout: number): Promise<void> {
  try {
    await run("apt-get", ["-q", ...args], { cwd, timeout, env: { ...process.env, LC_ALL: "C" } });
  } catch (error) {
    const { stderr = "", killed = false } = error as { stderr?: string; killed?: boolean };
    const why = killed ? `no answer within ${timeout / 1_000} s` : stderr.trim() || String(error);
    throw new Error(`apt-get ${args.at(-1)} failed: ${why}`, { cause: error });
  }
}
