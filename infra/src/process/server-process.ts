import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readLogTail } from "./read-log.ts";
import type { RunAs } from "./run-as.ts";

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly runAs?: RunAs | null;
  /** Where standard output and error go. The process writes it itself, so nothing is lost when we die. */
  readonly logFile: string;
  /** Hears of the process the moment it runs. */
  readonly onSpawn?: ((process: ServerProcess) => void) | undefined;
}

/** A started child in a process group of its own: a Ctrl-C at the terminal reaches it only through us. */
export interface ServerProcess {
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** How it ended, or null while it runs. */
  exit(): Exit | null;
  signal(signal: NodeJS.Signals): void;
  /** Asks with `signal`, waits `graceMs`, then kills. Settles when the process is gone. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const lineCharactersMax = 300;

/**
 * Starts a process in its own group with its output in a file.
 *
 * @throws Error when the command cannot be started at all.
 */
export async function startServerProcess(spec: ServerCommand): Promise<ServerProcess> {
  const log = openSync(spec.logFile, "a");
  try {
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ["ignore", log, log],
      ...(spec.env ? { env: spec.env } : {}),
      ...(spec.cwd ? { cwd: spec.cwd } : {}),
      ...(spec.runAs ? { uid: spec.runAs.uid, gid: spec.runAs.gid } : {}),
    });
    await spawned(child, spec.command);
    const started = serverProcess(child, spec.logFile);
    spec.onSpawn?.(started);
    return started;
  } finally {
    closeSync(log);
  }
}

/** Words for an exit and the last lines of the log: what a person needs to see when a process died. */
export function describeExit(exit: Exit, logFile: string): string {
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`;
  const tail = readLogTail(logFile, 15)
    .split("\n")
    .map((line) => (line.length > lineCharactersMax ? `${line.slice(0, lineCharactersMax)} …` : line))
    .join("\n");
  return tail ? `${how}. The end of ${logFile}:\n${tail}` : `${how}; its log ${logFile} is empty.`;
}

function spawned(child: ChildProcess, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) =>
      reject(new Error(`${command} cannot be started: ${cause.message}`, { cause })),
    );
  });
}

function serverProcess(child: ChildProcess, logFile: string): ServerProcess {
  const pid = child.pid;
  if (pid === undefined) throw new Error("A started process has no pid.");
  let ended: Exit | null = child.exitCode === null && child.signalCode === null ? null : exitOf(child);
  const exited = new Promise<Exit>((resolve) => {
    if (ended) resolve(ended);
    child.once("exit", () => {
      ended = exitOf(child);
      resolve(ended);
    });
  });
  const signal = (name: NodeJS.Signals) => void (ended ?? child.kill(name));
  return {
    pid,
    logFile,
    exited,
    exit: () => ended,
    signal,
    stop: async (name, graceMs) => {
      signal(name);
      const timer = setTimeout(() => signal("SIGKILL"), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function exitOf(child: ChildProcess): Exit {
  return { code: child.exitCode, signal: child.signalCode };
}
