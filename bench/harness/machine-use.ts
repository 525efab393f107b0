import { cpus } from "node:os";

/** How long the machine's cores have been busy and idle, whoever used them, in milliseconds. */
export interface MachineUse {
  readonly busyMs: number;
  readonly idleMs: number;
}

export function machineUse(): MachineUse {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (of: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + of(time), 0);
  return {
    busyMs: sum(({ user, nice, sys, irq }) => user + nice + sys + irq),
    idleMs: sum(({ idle }) => idle),
  };
}

/** The share of all cores that was in use since. */
export function busyShare(before: MachineUse, after: MachineUse): number {
  const busyMs = after.busyMs - before.busyMs;
  return busyMs / (busyMs + after.idleMs - before.idleMs);
}
