import { parseArgs } from "node:util";
import { createOwnerPool, type OwnerPool } from "@millrace/shared/postgres/create-pool";
import { createLogger } from "@millrace/shared/runtime/create-logger";

/** Where a command that works on the database itself speaks to. */
export interface CommandOutput {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

export interface CheckOptions {
  readonly check: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

const progressEveryMs = 2_000;

/**
 * Reads the options that such commands have.
 *
 * @param args what follows the first word of the command
 * @param command all its words: "rebuild", "keys rotate"
 * @returns what is wrong, as text, where they cannot be understood
 */
export function parseCheckOptions(args: readonly string[], command: string): CheckOptions | string {
  const flag = { type: "boolean", default: false } as const;
  const [, ...actions] = command.split(" ");
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: actions.length > 0,
      options: { check: flag, json: flag, help: { ...flag, short: "h" } },
    });
    const isNamed = positionals.join(" ") === actions.join(" ");
    return values.help || isNamed ? values : `Say \`millrace ${command}\`.`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Works on one connection of its own, which ends with the work.
 *
 * @param work is given what says now and then how far it is
 */
export async function withDatabase<T>(
  databaseUrl: string,
  name: string,
  stderr: CommandOutput["stderr"],
  work: (pool: OwnerPool, tell: (progress: () => string) => void) => Promise<T>,
): Promise<T> {
  const pool = createOwnerPool(databaseUrl, name, 1, createLogger(name, "silent"));
  let toldAt = performance.now();
  const tell = (progress: () => string): void => {
    if (performance.now() - toldAt < progressEveryMs) return;
    toldAt = performance.now();
    stderr(`${progress()}\n`);
  };
  try {
    return await work(pool, tell);
  } finally {
    await pool.end();
  }
}
