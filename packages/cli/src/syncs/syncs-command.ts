import { Option } from "@commander-js/extra-typings";
import { accountArgument, accountIdOf } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { takeFirst } from "../api/take-first.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { wholeNumber } from "../program/whole-number.ts";
import { createPaint } from "../terminal/paint.ts";
import { addressesOf } from "./addresses-of.ts";
import { renderSyncs } from "./render-syncs.ts";

const statuses = [
  ...([
    "requested",
    "queued",
    "running",
    "paused",
    "completed",
    "partial",
    "failed",
    "cancelled",
    "coalesced",
  ] as const),
];

export const syncsCommand = (run: Run) => {
  const group = createCommand(run, "syncs").summary("lists syncs").description("Runs over mailboxes.");
  group.addCommand(listCommand(run));
  return group;
};

const listCommand = (run: Run) =>
  createCommand(run, "ls")
    .summary("lists syncs, the newest first")
    .description("Lists syncs, the newest first.")
    .option("--account <account>", `only those of ${accountArgument}`)
    .addOption(new Option("--status <status>", "only those in this state").choices(statuses))
    .option("--limit <n>", "how many (20)", wholeNumber, 20)
    .option("--json", 'one line of JSON: {"items":[…]}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are listed, 2 when they cannot be"))
    .action(
      ending(run, async (options) => {
        const { millrace } = openMillrace(run.world.env, options);
        const { account, status } = options;
        const accountId = account === undefined ? undefined : await accountIdOf(millrace, account);
        const items = await takeFirst(
          millrace.syncs.list({
            ...(accountId === undefined ? {} : { accountId }),
            ...(status === undefined ? {} : { status }),
            limit: Math.min(options.limit, 200),
          }),
          options.limit,
        );
        const { stdout, env } = run.world;
        stdout.write(
          options.json
            ? `${JSON.stringify({ items })}\n`
            : renderSyncs(items, createPaint(stdout, env), Date.now(), {
                addresses: await addressesOf(millrace, items),
                columns: stdout.columns,
              }),
        );
        return exitCodes.done;
      }),
    );
