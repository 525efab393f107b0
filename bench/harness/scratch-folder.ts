import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWatchdog } from "@millrace/infra/process/watchdog";

/** A folder for a server's files, which goes with it: also when we are killed, and the server with us. */
export interface ScratchFolder {
  readonly path: string;
  /** To be called with each process that works in it. */
  guard(pid: number): void;
  /** When they have ended. */
  remove(): void;
}

export function scratchFolder(name: string): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), `millrace-bench-${name}-`));
  const watchdog = startWatchdog("KILL", [path]);
  return {
    path,
    guard: (pid) => watchdog.guard(pid),
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      watchdog.dismiss();
    },
  };
}
