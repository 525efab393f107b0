import { randomBytes } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder } from "../process/cache-folder.ts";
import { downloadRelease, releaseSource } from "./download-release.ts";
import { compareVersions, natsVersion, natsVersionMin } from "./nats-version.ts";
import { unpackNatsServer } from "./unpack-nats-server.ts";

export interface NatsProgram {
  readonly file: string;
  readonly version: string;
  /** Where it came from, in words. */
  readonly origin: string;
}

export interface ResolveOptions {
  /** Hears what is being tried when it takes longer. */
  readonly say: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
  /** Further ways to get a program into the cache, in order; the usual two when absent. */
  readonly sources?: readonly NatsSource[];
}

export interface NatsSource {
  readonly name: string;
  /** Puts the program at `destination`, or says in an Error why it cannot. */
  fetch(destination: string): Promise<void>;
}

/**
 * Finds a nats-server of version 2.12 or newer: NATS_SERVER_BIN, PATH, Millrace's cache, the project's release
 * archive, the distribution's package. What was fetched is kept in the cache. Two processes at once may both
 * fetch; each puts a whole program into the cache, never half of one.
 *
 * @throws Error that lists what was tried and why it failed, and what to do.
 */
export async function resolveNatsServer(options: ResolveOptions): Promise<NatsProgram> {
  const env = options.env ?? process.env;
  if (env.NATS_SERVER_BIN) return chosenByPerson(env.NATS_SERVER_BIN);
  const problems: string[] = [];
  for (const file of pathCandidates(env)) {
    const found = await tryProgram(file, "PATH");
    if (typeof found !== "string") return found;
    problems.push(found);
  }
  const cache = join(cacheFolder(env), "nats-server", `${process.platform}-${process.arch}`);
  for (const file of cachedPrograms(cache)) {
    const found = await tryProgram(file, "cache");
    if (typeof found !== "string") return found;
  }
  for (const source of options.sources ?? usualSources(env)) {
    options.say(`Getting nats-server from ${source.name} …`);
    try {
      return await fetchIntoCache(source, cache);
    } catch (error) {
      const problem = `${source.name}: ${error instanceof Error ? error.message : String(error)}`;
      options.say(`  ${problem}`);
      problems.push(problem);
    }
  }
  throw new Error(
    `Millrace needs nats-server ${natsVersionMin} or newer and could not get it:\n${problems.map((line) => `  - ${line}`).join("\n")}\n` +
      "Install it (https://docs.nats.io/running-a-nats-service/introduction/installation, or `brew install nats-server`) " +
      "so that it is on PATH or named by NATS_SERVER_BIN, or set NATS_URL to a running server with JetStream.",
  );
}

async function chosenByPerson(file: string): Promise<NatsProgram> {
  const found = await tryProgram(file, "NATS_SERVER_BIN");
  if (typeof found === "string") throw new Error(`NATS_SERVER_BIN cannot be used. ${found}`);
  return found;
}

/** The program when it can be used, else why not. */
async function tryProgram(file: string, origin: string): Promise<NatsProgram | string> {
  try {
    const version = await natsVersion(file);
    if (compareVersions(version, natsVersionMin) >= 0) return { file, version, origin };
    return `${origin}: ${file} is version ${version}, and ${natsVersionMin} is the oldest that works`;
  } catch (error) {
    return `${origin}: ${file} does not run: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function pathCandidates(env: NodeJS.ProcessEnv): string[] {
  const files = (env.PATH ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, "nats-server"));
  return [...new Set(files)].filter(isExecutable);
}

/** The cached programs, newest version first. */
function cachedPrograms(cache: string): string[] {
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => /^\d+\.\d+\.\d+/.test(name))
    .sort((a, b) => compareVersions(b, a))
    .map((name) => join(cache, name, "nats-server"))
    .filter(isExecutable);
}

async function fetchIntoCache(source: NatsSource, cache: string): Promise<NatsProgram> {
  const unfinished = join(cache, `unfinished-${randomBytes(6).toString("hex")}`);
  mkdirSync(unfinished, { recursive: true });
  try {
    const fresh = join(unfinished, "nats-server");
    await source.fetch(fresh);
    chmodSync(fresh, 0o755);
    const found = await tryProgram(fresh, source.name);
    if (typeof found === "string") throw new Error(found);
    const kept = join(cache, found.version);
    mkdirSync(kept, { recursive: true });
    const file = join(kept, "nats-server");
    renameSync(fresh, file);
    return { ...found, file };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function usualSources(env: NodeJS.ProcessEnv): NatsSource[] {
  return [
    {
      name: "the project's release archive",
      fetch: (destination) => downloadRelease(destination, releaseSource(env)),
    },
    {
      name: "the distribution's package (testing suite)",
      fetch: (destination) => unpackNatsServer(destination),
    },
  ];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
