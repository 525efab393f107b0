import type { RunAs } from "../process/run-as.ts";
import type { ServerProcess } from "../process/server-process.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";

/** What a Postgres of our own is started from. */
export interface PostgresSpec {
  readonly binaries: PostgresBinaries;
  /** The data folder; made (mode 0700, owned by `runAs`) when absent. `runAs` must be able to enter its parent. */
  readonly dataFolder: string;
  readonly logFile: string;
  readonly password: string;
  readonly runAs: RunAs | null;
  /** A port that must be used (a server that comes back where its clients look for it); else a free one. */
  readonly port?: number;
  /** Hears of each process the moment it runs. */
  readonly onSpawn?: ((process: ServerProcess) => void) | undefined;
  /** Further `name=value` settings. */
  readonly settings?: readonly string[];
  /** For throwaway data: nothing is flushed to disk. */
  readonly unsafe?: boolean;
}
