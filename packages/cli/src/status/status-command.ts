import type { Account, Millrace, Sync } from "@millrace/client";
import { renderAccount } from "../accounts/render-account.ts";
import { findAccountOrSync } from "../api/find-sync.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { takeFirst } from "../api/take-first.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { addressesOf } from "../syncs/addresses-of.ts";
import { renderSyncs } from "../syncs/render-syncs.ts";
import { createPaint, type Paint } from "../terminal/paint.ts";
import { renderOverview } from "./render-overview.ts";
import { renderSync } from "./render-sync.ts";

const runningMax = 20;
const newestMax = 5;

export const statusCommand = (run: Run) =>
  createCommand(run, "status")
    .summary("shows how things are; of one account or sync, when it is named")
    .description(
      "Shows how things are: what runs, waits and fails, and what needs a person. Of one account or one sync, when it is named.",
    )
    .argument("[name]", "an account (its address will do), or a sync's id")
    .option("--json", 'one line of JSON: {"overview", "running"}, {"account", "syncs"} or {"sync"}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is shown, 2 when it cannot be"))
    .action(
      ending(run, async (name: string | undefined, options) => {
        const { millrace, target } = openMillrace(run.world.env, options);
        const { stdout, env } = run.world;
        const shown =
          name === undefined
            ? await readOverview(millrace, target.key.startsWith("mro_"))
            : await readOne(millrace, name);
        stdout.write(
          options.json
            ? `${JSON.stringify(shown)}\n`
            : render(
                shown,
                createPaint(stdout, env),
                Date.now(),
                await addressesOf(millrace, "running" in shown ? shown.running : []),
              ),
        );
        return exitCodes.done;
      }),
    );

type Shown = Awaited<ReturnType<typeof readOverview>> | Awaited<ReturnType<typeof readOne>>;

/** @param isOperator an operator's key shows counts of everybody, and no sync */
async function readOverview(millrace: Millrace, isOperator: boolean) {
  const overview = await millrace.overview();
  if (isOperator) return { overview, running: [] };
  const running = await takeFirst(millrace.syncs.list({ status: "running", limit: runningMax }), runningMax);
  const paused = await takeFirst(millrace.syncs.list({ status: "paused", limit: runningMax }), runningMax);
  return { overview, running: [...running, ...paused] };
}

async function readOne(
  millrace: Millrace,
  name: string,
): Promise<{ account: Account; syncs: Sync[] } | { sync: Sync }> {
  const found = await findAccountOrSync(millrace, name);
  if ("sync" in found) return found;
  const { account } = found;
  return {
    account,
    syncs: await takeFirst(millrace.syncs.list({ accountId: account.id, limit: newestMax }), newestMax),
  };
}

function render(shown: Shown, paint: Paint, nowMs: number, addresses: ReadonlyMap<string, string>): string {
  if ("sync" in shown) return renderSync(shown.sync, paint, nowMs);
  if ("account" in shown)
    return `${renderAccount(shown.account, paint, nowMs)}\n${renderSyncs(shown.syncs, paint, nowMs)}`;
  const { overview, running } = shown;
  const syncs = running.length === 0 ? "" : `\n${renderSyncs(running, paint, nowMs, addresses)}`;
  return `${renderOverview(overview, paint, nowMs)}${syncs}`;
}
