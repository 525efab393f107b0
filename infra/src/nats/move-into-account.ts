import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";

/**
 * Takes over what a server has stored that had no accounts yet: each account's streams are kept apart, and those of a
 * server that knows none under a name of its own. The server must not run.
 *
 * @param storeFolder its `store_dir`
 */
export function moveIntoAccount(storeFolder: string): void {
  const folderOf = (account: string): string => join(storeFolder, "jetstream", account);
  if (existsSync(folderOf("$G")) && !existsSync(folderOf("MILLRACE")))
    renameSync(folderOf("$G"), folderOf("MILLRACE"));
}
