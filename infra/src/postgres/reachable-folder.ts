import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { canEnter, type RunAs } from "../process/run-as.ts";

/**
 * A folder that `user` can reach and that stands for `preferred`: itself, or one outside a closed checkout whose
 * name derives from it, so that every start finds the same one.
 *
 * @param fallbackName name below the fallback folder, unique for `preferred`.
 */
export function reachableFolder(preferred: string, fallbackName: string, user: RunAs | null): string {
  const problems: string[] = [];
  for (const folder of [preferred, ...fallbackFolders(fallbackName)]) {
    try {
      mkdirSync(dirname(folder), { recursive: true, mode: 0o755 });
      if (canEnter(dirname(folder), user)) return folder;
      problems.push(`${folder}: closed to the user ${user?.name}`);
    } catch (error) {
      problems.push(`${folder}: ${String(error)}`);
    }
  }
  throw new Error(`No folder for Postgres' data can be reached by its user:\n${problems.join("\n")}`);
}

/** Where a data folder stands when the preferred one is closed to Postgres' user; `reset` looks there too. */
export function fallbackFolders(name: string): string[] {
  return [join("/var/lib/millrace", name), join(tmpdir(), "millrace-data", name)];
}
