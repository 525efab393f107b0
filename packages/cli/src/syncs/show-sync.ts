import type { Millrace, Sync } from "@millrace/client";
import { type Run, untilInterrupted } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { printable } from "../terminal/printable.ts";
import { renderLedger } from "./render-ledger.ts";
import { watchSync } from "./watch-sync.ts";

const wordsMax = 500;

export const watchExits =
  "0 when the sync completed, 1 when it ended otherwise, 2 when the command cannot be carried out, 130 when it was interrupted (the sync goes on)";

/**
 * Shows a sync until its end, and how it ended: the ledger for a person, one line of JSON for a program.
 *
 * @returns the exit code
 */
export function showSync(run: Run, millrace: Millrace, syncId: string, json: boolean): Promise<number> {
  const { stdout, stderr } = run.world;
  const left = () => `The sync goes on; \`millrace watch ${syncId}\` shows it again.`;
  return untilInterrupted(run, left, async (signal) => {
    const sync = await watchSync(millrace, syncId, { output: json ? stderr : stdout, signal });
    stdout.write(json ? `${JSON.stringify(sync)}\n` : renderEnd(sync));
    return sync.status === "completed" ? exitCodes.done : exitCodes.unfinished;
  });
}

function renderEnd({ id, ledger, failure, status }: Sync): string {
  const lines = [renderLedger(ledger)];
  if (failure) lines.push(`  ${failure.category}: ${printable(failure.message, wordsMax)}`);
  if (status === "partial")
    lines.push(
      `  \`millrace dead-letters ls --sync ${id}\` shows what was set aside, \`millrace retry ${id}\` tries it again.`,
    );
  return `${lines.join("\n")}\n`;
}
