import { Option } from "@commander-js/extra-typings";
import type { Millrace, Sync } from "@millrace/client";
import { type Run, untilInterrupted } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { wholeNumber } from "../program/whole-number.ts";
import { printable } from "../terminal/printable.ts";
import { renderLedger } from "./render-ledger.ts";
import { formatDuration } from "./render-progress.ts";
import { watchSync } from "./watch-sync.ts";

const wordsMax = 500;

export const watchExits =
  "0 when the sync completed, 1 when it ended otherwise or had not ended after --timeout, 2 when the command cannot be carried out, 130 when it was interrupted (the sync goes on)";

/** Of commands that show a sync until its end. */
export const timeoutOption = () =>
  new Option(
    "--timeout <seconds>",
    "shows it for so long at most (until its end, for which it may need a person)",
  ).argParser(wholeNumber);

export interface ShowOptions {
  readonly json: boolean;
  /** In seconds. */
  readonly timeout?: number | undefined;
  /** Of the answer to what was asked for, if its end is waited for. */
  readonly after?: string | null;
}

/**
 * Shows a sync until its end, and how it ended: the ledger for a person, one line of JSON for a program. Whose time is over
 * before that is shown how it stands.
 *
 * @returns the exit code
 */
export function showSync(
  run: Run,
  millrace: Millrace,
  syncId: string,
  options: ShowOptions,
): Promise<number> {
  const { json, timeout, after } = options;
  const { stdout, stderr } = run.world;
  const left = () => `The sync goes on; \`millrace watch ${syncId}\` shows it again.`;
  return untilInterrupted(run, left, async (interrupted) => {
    const output = json ? stderr : stdout;
    const timeUp = timeout === undefined ? null : AbortSignal.timeout(timeout * 1_000);
    const signal = timeUp === null ? interrupted : AbortSignal.any([interrupted, timeUp]);
    try {
      const sync = await watchSync(millrace, syncId, { output, signal, after });
      stdout.write(json ? `${JSON.stringify(sync)}\n` : renderEnd(sync));
      return sync.status === "completed" ? exitCodes.done : exitCodes.unfinished;
    } catch (error) {
      if (timeUp === null || error !== timeUp.reason) throw error;
      stderr.write(`It has not ended after ${formatDuration(timeout ?? 0)}. ${left()}\n`);
      if (json) stdout.write(`${JSON.stringify(await millrace.syncs.get(syncId))}\n`);
      return exitCodes.unfinished;
    }
  });
}

function renderEnd(sync: Sync): string {
  const { id, failure, status } = sync;
  const lines = [renderLedger(sync)];
  if (failure) lines.push(`  ${failure.category}: ${printable(failure.message, wordsMax)}`);
  if (status === "partial")
    lines.push(
      `  \`millrace dead-letters ls --sync ${id}\` shows what was set aside, \`millrace retry ${id}\` tries it again.`,
    );
  return `${lines.join("\n")}\n`;
}
