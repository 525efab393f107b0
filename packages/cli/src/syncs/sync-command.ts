import { Option } from "@commander-js/extra-typings";
import { accountArgument, findAccount } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { printable } from "../terminal/printable.ts";
import { showSync, timeoutOption, watchExits } from "./show-sync.ts";

const addressCharsMax = 320;
const exits = `0 when it was asked for, 2 when it could not be; with --watch ${watchExits}`;

export const syncCommand = (run: Run) =>
  createCommand(run, "sync")
    .summary("asks for a sync of a mailbox, and shows it with --watch")
    .description(
      "Asks for a sync of a mailbox. It is safe then, and runs in the background whatever happens here.",
    )
    .argument("<account>", accountArgument)
    .addOption(
      new Option("--mode <mode>", "auto and incremental: what has changed; full: the whole mailbox")
        .choices(["auto", "incremental", "full"] as const)
        .default("auto" as const),
    )
    .option("--watch", "shows it until its end", false)
    .addOption(timeoutOption())
    .option("--json", "one line of JSON: the API's answer, or with --watch the sync as it ended", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd(exits))
    .action(
      ending(run, async (name: string, options) => {
        const { millrace } = openMillrace(run.world.env, options);
        const { id: accountId, email, status } = await findAccount(millrace, name);
        const accepted = await millrace.syncs.start({ accountId, mode: options.mode });
        if (status === "reauth_required")
          run.world.stderr.write(
            `The provider refuses the mailbox: the sync waits until \`millrace connect ${printable(email, addressCharsMax)}\` has connected it again.\n`,
          );
        if (options.watch || options.timeout !== undefined)
          return showSync(run, millrace, accepted.syncId, options);
        run.world.stdout.write(
          options.json
            ? `${JSON.stringify(accepted)}\n`
            : `${accepted.syncId} is asked for; \`millrace watch ${accepted.syncId}\` shows it.\n`,
        );
        return exitCodes.done;
      }),
    );
