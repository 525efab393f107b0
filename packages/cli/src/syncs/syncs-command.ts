import { Option } from "@commander-js/extra-typings";
import type { Sync } from "@millrace/client";
import { accountArgument, accountIdOf } from "../api/find-account.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { takeFirst } from "../api/take-first.ts";
import { wholeNumber } from "../program/whole-number.ts";
import { createPaint, type Paint, paintState } from "../terminal/paint.ts";
import { renderTime } from "../terminal/render-time.ts";
import { renderTable } from "../terminal/table.ts";
import { formatCount } from "./render-progress.ts";

const statuses = [
  ...(["requested", "queued", "running", "paused", "completed", "partial", "failed", "cancelled", "coalesced"] as const),
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
        const paint = createPaint(run.world.stdout, run.world.env);
        run.world.stdout.write(options.json ? `${JSON.stringify({ items })}\n` : renderSyncs(items, paint, Date.now()));
        return exitCodes.done;
      }),
    );

/** One sync a line. */
export function renderSyncs(syncs: readonly Sync[], paint: Paint, nowMs: number): string {
  if (syncs.length === 0) return "There are none.\n";
  const rows = syncs.map((sync) => [
    sync.id,
    paintState(paint, sync.status),
    sync.mode ?? sync.requestedMode ?? "",
    formatCount(sync.progress.settled),
    totalOf(sync),
    renderTime(sync.endedAt ?? sync.startedAt ?? sync.requestedAt, nowMs),
    hintOf(sync),
  ]);
  return renderTable(["SYNC", "STATE", "MODE", "SETTLED", "OF", "", ""], rows, ["SETTLED", "OF"]);
}

function totalOf({ progress: { listed, listingComplete, estimatedTotal } }: Sync): string {
  if (listingComplete) return formatCount(listed);
  return estimatedTotal === null ? "?" : `~${formatCount(Math.max(estimatedTotal, listed))}`;
}

const hintOf = ({ paused, trouble, failure }: Sync): string =>
  failure?.category ?? (paused ? `paused: ${paused.reason}` : (trouble?.category ?? ""));
