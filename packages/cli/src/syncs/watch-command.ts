import { findSyncId, syncArgument } from "../api/find-sync.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { showSync, timeoutOption, watchExits } from "./show-sync.ts";

export const watchCommand = (run: Run) =>
  createCommand(run, "watch")
    .summary("shows a sync until its end")
    .description("Shows a sync until its end: a live line on a terminal, a line every two seconds elsewhere.")
    .argument("<sync>", syncArgument)
    .option("--json", "the sync as it ended, as one line of JSON; progress goes to standard error", false)
    .addOption(timeoutOption())
    .addOption(profileOption())
    .addHelpText("after", helpEnd(watchExits))
    .action(
      ending(run, async (name: string, options) => {
        const { millrace } = openMillrace(run.world.env, options);
        return showSync(run, millrace, await findSyncId(millrace, name), options);
      }),
    );
