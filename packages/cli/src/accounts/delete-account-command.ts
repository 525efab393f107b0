import { type Millrace, MillraceError } from "@millrace/client";
import { accountArgument, accountIdOf } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { waitUntil } from "../api/wait-until.ts";
import {
  createCommand,
  ending,
  helpEnd,
  profileOption,
  type Run,
  untilInterrupted,
} from "../program/create-command.ts";
import { exitCodes, UsageError } from "../program/exit-codes.ts";

/** @param name `delete` in its group, `delete-account` where it was before */
export const deleteAccountCommand = (run: Run, name: string) =>
  createCommand(run, name)
    .summary("removes an account, with everything that is held on it")
    .description(
      "Removes an account with everything that is held on it: mail, attachments, audit trail, credentials, and the consent " +
        "at the provider. There is no way back; `millrace accounts export` writes it to a file before. It runs in the " +
        "background: interrupted here, it goes on there.",
    )
    .argument("<account>", accountArgument)
    .option("--yes", "says that you mean it", false)
    .option("--no-wait", "ends when it is certain that it will be done")
    .option("--json", 'one line of JSON: {"accountId", "status"}, "removed" or "removing"', false)
    .addOption(profileOption())
    .addHelpText(
      "after",
      helpEnd("0 when it is done (or asked for, with --no-wait), 2 when the command cannot be carried out"),
    )
    .action(
      ending(run, async (account: string, { yes, wait, json, profile }) => {
        if (!yes) throw new UsageError("This cannot be undone. Say --yes if you mean it.");
        const { millrace } = openMillrace(run.world.env, { profile });
        const accountId = await accountIdOf(millrace, account);
        await millrace.accounts.delete(accountId);
        const end = (status: "removed" | "removing"): number => {
          const told = status === "removed" ? "is removed" : "is being removed";
          run.world.stdout.write(
            json ? `${JSON.stringify({ accountId, status })}\n` : `${accountId} ${told}.\n`,
          );
          return exitCodes.done;
        };
        if (!wait) return end("removing");
        run.world[json ? "stderr" : "stdout"].write("being removed …\n");
        const left = () => `${accountId} is being removed all the same.`;
        return untilInterrupted(run, left, async (signal) => {
          await waitUntil(() => isGone(millrace, accountId), { signal });
          return end("removed");
        });
      }),
    );

async function isGone(millrace: Millrace, accountId: string): Promise<true | null> {
  try {
    await millrace.accounts.get(accountId);
    return null;
  } catch (error) {
    if (error instanceof MillraceError && error.status === 404) return true;
    throw error;
  }
}
