import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const bytesMax = 256 * 1_024 * 1_024;

const git = (...args: string[]) => spawnSync("git", args, { cwd: checkout, maxBuffer: bytesMax });

/**
 * Why a release cannot be run here; null when it can. It runs on what is installed, so it must have been made for the very
 * same dependencies.
 */
export function whyNoRelease(commit: string): string | null {
  const { status, stdout } = git("show", `${commit}:pnpm-lock.yaml`);
  if (status !== 0) return `this clone does not have ${commit}: git fetch --unshallow`;
  if (stdout.toString() !== readFileSync(join(checkout, "pnpm-lock.yaml"), "utf8"))
    return `${commit} has other dependencies: name a later release in test/e2e/rolling-upgrade.e2e.test.ts`;
  return null;
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
