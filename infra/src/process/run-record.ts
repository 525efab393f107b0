import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { processIdentity } from "./process-identity.ts";
import { type ProcessRole, stopManner, stopOrder } from "./stop-order.ts";

/**
 * The file that says who runs on a data folder and which processes belong to it. It keeps two starts apart, and
 * lets a start find what one that was killed has left running.
 */
export interface RunRecord {
  /** Notes a process, so that it is found should we be killed. */
  add(name: string, role: ProcessRole, pid: number): void;
  remove(pid: number): void;
  /** The run has ended in order. */
  release(): void;
}

export interface Leftover {
  readonly name: string;
  readonly pid: number;
}

/** Somebody runs on the data folder already. */
export class AlreadyRunningError extends Error {
  readonly code = "already_running";
  readonly pid: number;

  constructor(pid: number) {
    super(
      `Millrace already runs on this data folder (process ${pid}). Stop it first (Ctrl-C, or kill ${pid}).`,
    );
    this.pid = pid;
  }
}

const ownerSchema = z.object({ pid: z.number().int().positive(), identity: z.string() });
const entrySchema = ownerSchema.extend({ name: z.string(), role: z.enum(stopOrder) });
const recordSchema = z.object({ owner: ownerSchema, processes: z.array(entrySchema) });
type Noted = z.infer<typeof ownerSchema>;
type Entry = z.infer<typeof entrySchema>;

const claimTries = 10;

/**
 * Claims a data folder for this process, after stopping what a killed run has left. A process is only ever
 * signalled when its start time is the noted one: never a stranger that got its pid.
 *
 * @param onLeftovers hears what was found, before it is stopped.
 * @throws AlreadyRunningError when the claim's owner is alive.
 */
export async function claimRun(
  file: string,
  onLeftovers: (found: readonly Leftover[]) => void = () => undefined,
): Promise<RunRecord> {
  const owner = noted(process.pid);
  for (let attempt = 0; attempt < claimTries; attempt += 1) {
    if (tryCreate(file, { owner, processes: [] })) return openRecord(file, owner);
    await clearAbandoned(file, onLeftovers);
  }
  throw new Error(`The run file ${file} cannot be claimed.`);
}

/** Stops what a killed run has left and removes its record. @throws AlreadyRunningError when it runs. */
export async function clearAbandoned(
  file: string,
  onLeftovers: (found: readonly Leftover[]) => void = () => undefined,
): Promise<void> {
  // Of several that clear at once, the rename succeeds for one.
  const aside = `${file}.${process.pid}`;
  const found = read(file);
  if (found && isAlive(found.owner)) throw new AlreadyRunningError(found.owner.pid);
  try {
    renameSync(file, aside);
  } catch {
    await sleep(50);
    return;
  }
  const taken = read(aside);
  if (taken && isAlive(taken.owner)) {
    renameSync(aside, file);
    throw new AlreadyRunningError(taken.owner.pid);
  }
  const leftovers = (taken?.processes ?? []).filter(isAlive);
  if (leftovers.length > 0) onLeftovers(leftovers);
  for (const role of stopOrder) {
    await Promise.all(leftovers.filter((leftover) => leftover.role === role).map(stopLeftover));
  }
  rmSync(aside, { force: true });
}

async function stopLeftover(leftover: Entry): Promise<void> {
  const { signal: request, graceMs } = stopManner[leftover.role];
  const deadline = Date.now() + graceMs;
  signal(leftover, request);
  while (isAlive(leftover)) {
    if (Date.now() > deadline) signal(leftover, "SIGKILL");
    await sleep(25);
  }
}

function openRecord(file: string, owner: Noted): RunRecord {
  let processes: Entry[] = [];
  const save = () => {
    const next = `${file}.next`;
    writeFileSync(next, JSON.stringify({ owner, processes }));
    renameSync(next, file);
  };
  return {
    add: (name, role, pid) => {
      processes = [...processes, { name, role, ...noted(pid) }];
      save();
    },
    remove: (pid) => {
      processes = processes.filter((entry) => entry.pid !== pid);
      save();
    },
    release: () => rmSync(file, { force: true }),
  };
}

function noted(pid: number): Noted {
  // A process that has ended already has no identity; the empty one matches nobody.
  return { pid, identity: processIdentity(pid) ?? "" };
}

function isAlive({ pid, identity }: Noted): boolean {
  return identity !== "" && processIdentity(pid) === identity;
}

function signal(entry: Noted, name: NodeJS.Signals): void {
  if (!isAlive(entry)) return;
  try {
    process.kill(entry.pid, name);
  } catch {
    // It ended this very moment.
  }
}

function tryCreate(file: string, record: z.infer<typeof recordSchema>): boolean {
  if (existsSync(file)) return false;
  try {
    writeFileSync(file, JSON.stringify(record), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): z.infer<typeof recordSchema> | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null;
  }
}
