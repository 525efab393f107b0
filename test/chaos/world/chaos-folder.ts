import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerProcess } from "@millrace/infra/process/server-process";
import { startWatchdog } from "@millrace/infra/process/watchdog";
import { makeSizedDisk, type SizedDisk } from "./sized-disk.ts";

/** Everything that a run has on disk. */
export interface ChaosFolder {
  readonly path: string;
  readonly logs: string;
  /** Where Postgres lives, and where nats-server does. */
  readonly postgresDisk: SizedDisk;
  readonly natsDisk: SizedDisk;
  /** A disk of its own for one of several nats-servers. */
  nodeDisk(name: string): SizedDisk;
  /** Has a process ended, and all of this removed, should we die without doing it. */
  guard(process: ServerProcess): void;
  /** Removes everything, or everything but the logs. */
  remove(keepsLogs: boolean): void;
}

const postgresMebibytes = 4_096;
const natsMebibytes = 1_024;

/** @param keptFolder where the logs are written when they are kept whatever happens; must not exist, or be empty */
export function makeChaosFolder(seed: number, keptFolder: string | null): ChaosFolder {
  const folder = mkdtempSync(join(tmpdir(), `millrace-chaos-${seed}-`));
  // Postgres' user has to pass through.
  chmodSync(folder, 0o711);
  const diskFolders = { postgres: join(folder, "postgres"), nats: join(folder, "nats") };
  const watchdog = startWatchdog("KILL", [diskFolders.postgres, diskFolders.nats, folder]);
  const logs = keptFolder ?? join(folder, "logs");
  mkdirSync(logs, { recursive: true });
  const postgresDisk = makeSizedDisk(diskFolders.postgres, postgresMebibytes);
  const natsDisk = makeSizedDisk(diskFolders.nats, natsMebibytes);
  const nodeDisks: SizedDisk[] = [];
  return {
    path: folder,
    logs,
    postgresDisk,
    natsDisk,
    nodeDisk: (name) => {
      const disk = makeSizedDisk(join(natsDisk.folder, name), natsMebibytes);
      nodeDisks.push(disk);
      return disk;
    },
    guard: (process) => {
      watchdog.guard(process.pid);
      void process.exited.then(() => watchdog.release(process.pid));
    },
    remove: (keepsLogs) => {
      postgresDisk.unmount();
      for (const disk of nodeDisks) disk.unmount();
      natsDisk.unmount();
      const holdsLogs = keepsLogs && keptFolder === null;
      const doomed = holdsLogs ? readdirSync(folder).filter((name) => name !== "logs") : [""];
      for (const name of doomed) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
      watchdog.dismiss();
    },
  };
}
