import type { RunRecord } from "./run-record.ts";
import type { ServerProcess } from "./server-process.ts";
import { type ProcessRole, stopManner, stopOrder } from "./stop-order.ts";

/** Every process that this one has started and that still runs, from the moment of its start. */
export interface ProcessTable {
  track(name: string, role: ProcessRole, process: ServerProcess): void;
  /** Stops all, role by role: asks, waits its grace, kills. What is started meanwhile is killed at once. */
  stopAll(): Promise<void>;
  /** Kills all without waiting: for a second Ctrl-C and for an exit that nobody foresaw. */
  killAll(): void;
}

export function createProcessTable(record: RunRecord): ProcessTable {
  const running = new Map<ServerProcess, ProcessRole>();
  let stopping = false;
  return {
    track: (name, role, process) => {
      if (process.exit()) return;
      running.set(process, role);
      record.add(name, role, process.pid);
      void process.exited.then(() => {
        running.delete(process);
        record.remove(process.pid);
      });
      if (stopping) process.signal("SIGKILL");
    },
    stopAll: async () => {
      stopping = true;
      for (const role of stopOrder) {
        const { signal, graceMs } = stopManner[role];
        const due = [...running].filter(([, its]) => its === role).map(([process]) => process);
        await Promise.all(due.map((process) => process.stop(signal, graceMs)));
      }
    },
    killAll: () => {
      stopping = true;
      for (const process of running.keys()) process.signal("SIGKILL");
    },
  };
}
