import type { Account } from "@millrace/client";
import { accountArgument, accountIdOf } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";

export const holdCommand = (run: Run) =>
  createCommand(run, "hold")
    .summary("keeps a mailbox from being removed, by age or by anybody")
    .description(
      "Holds an account: nothing of it is removed by age, and it cannot be removed, until `millrace accounts release`. Held " +
        "once more it gets the new reason. Its syncs go on.",
    )
    .argument("<account>", accountArgument)
    .requiredOption("--reason <text>", "for those who wonder later why it is held")
    .option("--json", "the account, as one line of JSON", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is held, 2 when it is not"))
    .action(
      ending(run, async (name: string, { reason, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const account = await millrace.accounts.hold(await accountIdOf(millrace, name), reason);
        return tell(run, account, `${account.email} is held: ${account.hold?.reason ?? reason}`, json);
      }),
    );

export const releaseCommand = (run: Run) =>
  createCommand(run, "release")
    .summary("ends a mailbox's hold")
    .description(
      "Ends an account's hold. What has had its time meanwhile is removed by the next run of retention.",
    )
    .argument("<account>", accountArgument)
    .option("--json", "the account, as one line of JSON", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is not held any more, 2 when the command cannot be carried out"))
    .action(
      ending(run, async (name: string, { json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const account = await millrace.accounts.endHold(await accountIdOf(millrace, name));
        return tell(run, account, `${account.email} is not held any more.`, json);
      }),
    );

function tell({ world }: Run, account: Account, words: string, json: boolean): number {
  world.stdout.write(json ? `${JSON.stringify(account)}\n` : `${words}\n`);
  return exitCodes.done;
}
