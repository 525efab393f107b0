import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * What tells a process from a later one that got the same pid: when it began. On Linux that is the boot's id and
 * the start time in ticks; elsewhere what `ps` says.
 *
 * @returns null when there is no such process, or it has ended and only waits to be reaped.
 */
export function processIdentity(pid: number): string | null {
  return process.platform === "linux" ? identityOfLinux(pid) : identityOfPs(pid);
}

function identityOfLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses and may hold anything; the rest is numbers.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === "Z" || state === "X" || !startTicks) return null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${startTicks}`;
  } catch {
    return null;
  }
}

function identityOfPs(pid: number): string | null {
  const { status, stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "/bin:/usr/bin", LC_ALL: "C" },
  });
  const text = stdout?.trim() ?? "";
  if (status !== 0 || text === "" || text.startsWith("Z")) return null;
  return text.replace(/^\S+\s+/, "");
}
