import { Readable } from "node:stream";
import { runCommandLine } from "../command-line.ts";
import type { Env } from "../program/surroundings.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Typed {
  readonly env?: Env;
  readonly stdin?: string;
  /** As wide as a terminal; absent: output goes into a pipe. */
  readonly columns?: number;
  /** Hears all that is written, as it is. */
  readonly onWrite?: (text: string) => void;
  /** Given what ends the command as Ctrl-C does. */
  readonly onStart?: (interrupt: () => void) => void;
}

/** What `millrace …` does and says, in this process. Profiles are looked for where there are none, unless `HOME` is set. */
export async function runAsTyped(args: readonly string[], typed: Typed = {}): Promise<Ran> {
  const { env = {}, stdin = "", columns, onStart, onWrite } = typed;
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({
    ...(columns === undefined ? {} : { isTTY: true, columns }),
    write: (part: string | Uint8Array) => {
      const text = typeof part === "string" ? part : Buffer.from(part).toString("latin1");
      written[name] += text;
      onWrite?.(text);
    },
  });
  const listeners = new Set<() => void>();
  onStart?.(() => {
    for (const listener of listeners) listener();
  });
  const code = await runCommandLine(args, {
    stdin: Readable.from(stdin === "" ? [] : [stdin]),
    stdout: output("stdout"),
    stderr: output("stderr"),
    env: { HOME: "/nonexistent", ...env },
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return { code, ...written };
}
