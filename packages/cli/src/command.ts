import type { ApiAccess } from "./api-request.ts";
import type { WatchOutput } from "./watch-sync.ts";

/** What a command is given. */
export interface CommandContext {
  readonly stdout: WatchOutput;
  readonly stderr: WatchOutput;
  readonly access: ApiAccess;
}

/**
 * A command of the command line.
 *
 * @param args what follows its name
 * @returns the exit code
 * @throws UsageError when the arguments make no sense; ApiError when the API refuses; UnreachableError when it does not
 *   answer
 */
export interface Command {
  readonly usage: string;
  readonly run: (args: readonly string[], context: CommandContext) => Promise<number>;
}

/** The arguments make no sense. */
export class UsageError extends Error {
  readonly code = "usage";
}

export const exitCodes = { done: 0, unfinished: 1, failed: 2 } as const;
