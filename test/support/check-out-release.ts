import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { serviceNames } from "./start-millrace.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const ourScope = "@millrace/";
const bytesMax = 256 * 1_024 * 1_024;

const git = (...args: string[]) => spawnSync("git", args, { cwd: checkout, maxBuffer: bytesMax });

/**
 * Why a release cannot be run here; null when it can. It runs on what is installed, so all that its services need must be
 * here, of the version that it names.
 */
export function whyNoRelease(commit: string): string | null {
  if (git("cat-file", "-e", `${commit}^{commit}`).status !== 0)
    return `this clone does not have ${commit}: git fetch --unshallow`;
  const [before, now] = [catalogOf(commit), catalogOf(null)];
  const other = neededFolders(commit)
    .map((folder) => [dependenciesOf(commit, folder), dependenciesOf(null, folder)] as const)
    .flatMap(([needed, there]) =>
      needed.filter((name) => !there.includes(name) || before[name] !== now[name]),
    );
  if (other.length === 0) return null;
  return `${commit} needs another ${other.join(", ")}: name a later release in test/e2e/rolling-upgrade.e2e.test.ts`;
}

/** @param commit null: this checkout */
function readAt(commit: string | null, file: string): string {
  if (commit === null)
    return existsSync(join(checkout, file)) ? readFileSync(join(checkout, file), "utf8") : "";
  return git("show", `${commit}:${file}`).stdout.toString();
}

/** The versions of third parties' packages. */
const catalogOf = (commit: string | null): Readonly<Record<string, string>> =>
  z.object({ catalog: z.record(z.string(), z.string()) }).parse(parse(readAt(commit, "pnpm-workspace.yaml")))
    .catalog;

/** The folders of services, and of the packages of ours that they need. */
function neededFolders(commit: string): readonly string[] {
  const folders = new Set(serviceNames.map((name) => `services/${name}`));
  for (const folder of folders) // grows meanwhile
    for (const name of dependenciesOf(commit, folder))
      if (name.startsWith(ourScope)) folders.add(`packages/${name.slice(ourScope.length)}`);
  return [...folders];
}

/** What a package needs to run. */
function dependenciesOf(commit: string | null, folder: string): string[] {
  const manifest = z
    .object({ dependencies: z.record(z.string(), z.string()).default({}) })
    .parse(JSON.parse(readAt(commit, `${folder}/package.json`) || "{}"));
  return Object.keys(manifest.dependencies);
}

/** Puts the files of a release into an empty folder, ready to run. */
export function checkOutRelease(commit: string, folder: string): void {
  const archive = git("archive", "--format=tar", commit);
  const { status } = spawnSync("tar", ["-x", "-C", folder], { input: archive.stdout, maxBuffer: bytesMax });
  if (archive.status !== 0 || status !== 0) throw new Error(`${commit} could not be put into ${folder}`);
  symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
  // Links, which lead to the packages of the folder that they stand in.
  for (const modules of globSync("{services,packages}/*/node_modules", { cwd: checkout })) {
    if (existsSync(join(folder, dirname(modules))))
      cpSync(join(checkout, modules), join(folder, modules), { recursive: true, verbatimSymlinks: true });
  }
}
