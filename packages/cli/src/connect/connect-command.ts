import type { Account, Millrace } from "@millrace/client";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { CommandError, exitCodes, UsageError } from "../program/exit-codes.ts";
import { wholeNumber } from "../program/whole-number.ts";
import { readSecret } from "../terminal/read-secret.ts";
import { connectByLink } from "./connect-by-link.ts";

const more = `Examples:
  millrace connect                               a link, for whichever mailbox the person chooses
  millrace connect ann@example.com               for this mailbox; one that has to be connected again, as well
  millrace connect ann@example.com --refresh-token-stdin < token`;

export const connectCommand = (run: Run) =>
  createCommand(run, "connect")
    .summary("connects a mailbox: by a link for a browser, or by a refresh token")
    .description(
      "Makes a link by which a person connects a mailbox in the browser, opens it when this is a terminal, and waits until the " +
        "mailbox is connected. Its first sync begins by itself. The link is good for 15 minutes.",
    )
    .argument("[address]", "the mailbox that is meant")
    .option(
      "--refresh-token-stdin",
      "no browser: takes a refresh token that you have from standard input",
      false,
    )
    .option(
      "--return-url <url>",
      "where the browser goes in the end (the first of the tenant's return addresses)",
    )
    .option("--no-open", "prints the link only")
    .option("--no-wait", "ends when the link is made")
    .option("--timeout <seconds>", "waits so long at most (as long as the link is good)", wholeNumber)
    .option(
      "--json",
      "lines of JSON: the link, then the link as it ended; with a refresh token the account",
      false,
    )
    .addOption(profileOption())
    .addHelpText(
      "after",
      helpEnd(
        "0 when the mailbox is connected, 1 when the link or the time has ended without, 2 when it cannot be done",
        more,
      ),
    )
    .action(
      ending(run, async (address: string | undefined, options) => {
        const { millrace } = openMillrace(run.world.env, options);
        if (!options.refreshTokenStdin) return connectByLink(run, millrace, { ...options, address });
        if (address === undefined)
          throw new UsageError("Name the mailbox's address: the token does not say it.");
        const refreshToken = await readSecret(run.world, "Refresh token: ");
        if (refreshToken === "") throw new CommandError("Standard input has no refresh token.");
        const account = await connectByToken(millrace, address, refreshToken);
        run.world.stdout.write(
          options.json
            ? `${JSON.stringify(account)}\n`
            : `${account.email} is connected as ${account.id}; \`millrace sync ${account.email} --watch\` copies it.\n`,
        );
        return exitCodes.done;
      }),
    );

/** Connects a mailbox, or gives one that is connected other credentials; not with a token that the provider does not take. */
async function connectByToken(millrace: Millrace, email: string, refreshToken: string): Promise<Account> {
  const tried = { credentials: { refreshToken }, check: true };
  const [known] = (await millrace.accounts.list({ email, limit: 1 }).page()).items;
  return known === undefined
    ? millrace.accounts.connect({ provider: "gmail", email, ...tried })
    : millrace.accounts.replaceCredentials(known.id, tried);
}
