import { Option } from "@commander-js/extra-typings";
import { type Account, consentEndsSoon, consentHasEnded } from "@millrace/client";
import { accountArgument, findAccount } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { createPaint, type Paint, paintState } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";
import { deleteAccountCommand } from "./delete-account-command.ts";
import { exportCommand } from "./export-command.ts";
import { holdCommand, releaseCommand } from "./hold-commands.ts";
import { readAccount } from "./read-account.ts";
import { renderAccount } from "./render-account.ts";

export const accountsCommand = (run: Run) => {
  const group = createCommand(run, "accounts")
    .summary("lists, shows, exports, holds and removes mailboxes")
    .description("Connected mailboxes. `millrace connect` connects one.");
  for (const command of [
    listCommand(run),
    showCommand(run),
    exportCommand(run),
    holdCommand(run),
    releaseCommand(run),
    deleteAccountCommand(run, "delete"),
  ])
    group.addCommand(command as unknown as typeof group);
  return group;
};

const states = ["connected", "reauth_required", "removing"] as const;

const listCommand = (run: Run) =>
  createCommand(run, "ls")
    .summary("lists mailboxes")
    .description("Lists mailboxes, in the order in which they were connected.")
    .addOption(new Option("--status <status>", "only those in this state").choices(states))
    .option("--json", 'one line of JSON: {"items":[…]}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are listed, 2 when they cannot be"))
    .action(
      ending(run, async ({ status, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const items: Account[] = [];
        for await (const account of millrace.accounts.list({ limit: 200 }))
          if (status === undefined || account.status === status) items.push(account);
        const paint = createPaint(run.world.stdout, run.world.env);
        run.world.stdout.write(
          json
            ? `${JSON.stringify({ items })}\n`
            : renderAccounts(items, paint, Date.now(), run.world.stdout.columns),
        );
        return exitCodes.done;
      }),
    );

const showCommand = (run: Run) =>
  createCommand(run, "show")
    .summary("shows one mailbox")
    .description("Shows one mailbox: how it stands, what is under way, when it is looked at next.")
    .argument("<account>", accountArgument)
    .option("--json", "the account, as one line of JSON", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is shown, 2 when it cannot be"))
    .action(
      ending(run, async (name: string, { json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const { stdout, env } = run.world;
        if (json) stdout.write(`${JSON.stringify(await findAccount(millrace, name))}\n`);
        else
          stdout.write(
            renderAccount(await readAccount(millrace, name), createPaint(stdout, env), Date.now()),
          );
        return exitCodes.done;
      }),
    );

const addressCharsMax = 60;

/** One mailbox a line. */
export function renderAccounts(
  accounts: readonly Account[],
  paint: Paint,
  nowMs: number,
  columns?: number,
): string {
  if (accounts.length === 0) return "No mailbox is connected; `millrace connect` connects one.\n";
  const ending = accounts.filter((account) => consentEndsSoon(account, nowMs));
  const rows = accounts.map((account) => {
    const { id, email, status, lastSyncedAt, activeSyncId, consentEndsAt } = account;
    const isOver = consentHasEnded(account, nowMs) ? "ended " : "";
    const consent = consentEndsSoon(account, nowMs)
      ? paint.warning(`${isOver}${renderTime(consentEndsAt, nowMs)}`)
      : "";
    return [
      printable(email, addressCharsMax),
      paintState(paint, status),
      ...(ending.length === 0 ? [] : [consent]),
      renderTime(lastSyncedAt, nowMs),
      activeSyncId ?? "",
      id,
    ];
  });
  const consents = ending.length === 0 ? [] : ["CONSENT ENDS"];
  return renderTable(["MAILBOX", "STATE", ...consents, "LAST SYNCED", "UNDER WAY", "ACCOUNT"], rows, {
    columns,
  });
}
