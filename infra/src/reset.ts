import { existsSync, rmSync } from "node:fs";
import { fallbackFolders } from "./postgres/reachable-folder.ts";
import { AlreadyRunningError, clearAbandoned } from "./process/run-record.ts";
import { locateDataFolder } from "./start/data-folder.ts";

/** `npm run reset`: stops what an interrupted start has left and removes all data. */
const data = locateDataFolder(process.env);
try {
  if (existsSync(data.runFile)) {
    await clearAbandoned(data.runFile, (found) => {
      process.stdout.write(`Stopped ${found.map(({ name, pid }) => `${name} (${pid})`).join(", ")}\n`);
    });
  }
  const folders = [data.root, ...fallbackFolders(data.fallbackName)].filter((folder) => existsSync(folder));
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
    process.stdout.write(`Removed ${folder}\n`);
  }
  if (folders.length === 0) process.stdout.write(`There was nothing to remove (${data.root}).\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof AlreadyRunningError ? 2 : 1;
}
