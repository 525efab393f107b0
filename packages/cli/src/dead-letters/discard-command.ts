import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";

export const discardCommand = (run: Run) =>
  createCommand(run, "discard")
    .summary("says that nobody wants them any more")
    .description("Says of messages that were set aside that nobody wants them any more.")
    .argument("<id...>", "dead letters' ids")
    .option("--json", 'one line of JSON: {"discarded":…}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it was done, 2 when it was not, or not for all of them"))
    .action(
      ending(run, async (ids: string[], { json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        for (const id of ids) await millrace.deadLetters.discard(id);
        run.world.stdout.write(
          json ? `${JSON.stringify({ discarded: ids.length })}\n` : `${ids.length} discarded\n`,
        );
        return exitCodes.done;
      }),
    );
