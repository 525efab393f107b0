import { readFileSync, writeFileSync } from "node:fs";

const kibPerMib = 1_024;

/** The most memory that a process held since it began, or since its peak was forgotten: resident, in MiB. Linux only. */
export function peakMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (peak === undefined) throw new Error(`Process ${pid} does not say what it holds`);
  return Number(peak) / kibPerMib;
}

/** From now on the peak counts anew, from what the process holds now: https://man7.org/linux/man-pages/man5/proc.5.html */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
