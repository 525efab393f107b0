import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes, UsageError } from "../program/exit-codes.ts";
import { formatCount } from "../syncs/render-progress.ts";
import { accountOption, apiFilter, categoryOption, syncOption } from "./letter-filter.ts";

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
    .option("--json", 'one line of JSON: {"redriven":…}', false)
    .addOption(profileOption())
    .addHelpText(
      "after",
      helpEnd(
        "0 when it was done, 1 when some of those named are settled or not there, 2 when it was not done",
      ),
    )
    .action(
      ending(run, async (ids: string[], { all, json, profile, ...named }) => {
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
        run.world.stdout.write(json ? `${JSON.stringify(answer)}\n` : describe(answer.redriven, left));
        return left === 0 ? exitCodes.done : exitCodes.unfinished;
      }),
    );

function describe(redriven: number, left: number): string {
  const leftText = left === 0 ? "" : `; ${formatCount(left)} of those named are settled, or not there`;
  return `${formatCount(redriven)} dead letter${redriven === 1 ? " is" : "s are"} tried again${leftText}\n`;
}
