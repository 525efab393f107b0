import type { Millrace } from "@millrace/client";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes, UsageError } from "../program/exit-codes.ts";
import { lettersTriedAgain } from "../syncs/control-commands.ts";
import { formatCount } from "../syncs/render-progress.ts";
import { showSync, timeoutOption, watchExits } from "../syncs/show-sync.ts";
import { accountOption, apiFilter, categoryOption, syncOption } from "./letter-filter.ts";

type Answer = Awaited<ReturnType<Millrace["deadLetters"]["redriveMany"]>>;

const idsMax = 1_000;

export const redriveCommand = (run: Run) =>
  createCommand(run, "redrive")
    .summary("tries them again")
    .description("Tries messages that were set aside again: those named, those of a filter, or all.")
    .argument("[id...]", "dead letters' ids")
    .addOption(accountOption())
    .addOption(syncOption())
    .addOption(categoryOption())
    .option("--all", "all that are open", false)
    .option("--watch", "shows what becomes of them, where all are of one sync", false)
    .addOption(timeoutOption())
    .option(
      "--json",
      'one line of JSON: {"redriven":…,"syncId":…,"version":…}, or with --watch the sync as it ended',
      false,
    )
    .addOption(profileOption())
    .addHelpText(
      "after",
      helpEnd(
        `0 when it was done, 1 when some of those named are settled or not there, 2 when it was not done; with --watch ${watchExits}`,
      ),
    )
    .action(
      ending(run, async (ids: string[], { all, watch, timeout, json, profile, ...named }) => {
        if (ids.length > idsMax)
          throw new UsageError(`Name at most ${formatCount(idsMax)} at once, or give a filter.`);
        const isNarrowed = ids.length > 0 || Object.values(named).some((value) => value !== undefined);
        if (isNarrowed === all) throw new UsageError("Give ids or a filter, or --all alone.");
        const { millrace } = openMillrace(run.world.env, { profile });
        const filter = await apiFilter(millrace, named);
        const answer = await millrace.deadLetters.redriveMany({
          ...filter,
          ...(ids.length > 0 ? { ids } : {}),
          ...(all ? { all: true as const } : {}),
        });
        const left = Math.max(0, new Set(ids).size - answer.redriven);
        const { stdout, stderr } = run.world;
        const isWatched = watch || timeout !== undefined;
        if (isWatched && answer.syncId) {
          (json ? stderr : stdout).write(`${said(answer, left)}\n`);
          return showSync(run, millrace, answer.syncId, { json, timeout, after: answer.version });
        }
        stdout.write(json ? `${JSON.stringify(answer)}\n` : describe(answer, left));
        if (isWatched && answer.redriven > 0)
          stderr.write("They are of several syncs; `millrace tail` shows what becomes of them.\n");
        return left === 0 ? exitCodes.done : exitCodes.unfinished;
      }),
    );

function said({ redriven }: Answer, left: number): string {
  const leftText = left === 0 ? "" : `; ${formatCount(left)} of those named are settled, or not there`;
  return `${lettersTriedAgain(redriven)}${leftText}`;
}

/** The same, with how to see what comes of it. */
function describe(answer: Answer, left: number): string {
  const watchText = answer.syncId ? `; \`millrace watch ${answer.syncId}\` shows it` : "";
  return `${said(answer, left)}${watchText}\n`;
}
