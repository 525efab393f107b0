import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100;

/**
 * Processor seconds that a process has used so far, user and system, with those of its living and ended children.
 *
 * @throws Error when there is no such process
 */
export function processorSeconds(pid: number): number {
  if (statOf(pid) === null) throw new Error(`There is no process ${pid}`);
  return sumOfTree(pid, childrenByParent());
}

function sumOfTree(pid: number, children: ReadonlyMap<number, readonly number[]>): number {
  const own = ticksOf(pid);
  return (children.get(pid) ?? []).reduce(
    (sum, child) => sum + sumOfTree(child, children),
    own / ticksPerSecond,
  );
}

/** With what ended children have used: Postgres has a process a connection. */
function ticksOf(pid: number): number {
  const fields = statOf(pid);
  if (fields === null) return 0;
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(Number(name))?.[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/** The fields of /proc/<pid>/stat after the name, from the state on; null when the process is gone. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
