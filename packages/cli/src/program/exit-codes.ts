/** How a command ends. Each `--help` says what they mean there. */
export const exitCodes = { done: 0, unfinished: 1, failed: 2, interrupted: 130 } as const;

/** The arguments make no sense; the message says what to write instead. */
export class UsageError extends Error {
  readonly code = "usage";
}

/** It cannot be carried out; the message says why, and what to do. */
export class CommandError extends Error {
  readonly code = "command";
}
