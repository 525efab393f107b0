import { hasEnded, type Millrace, type Sync } from "@millrace/client";
import { type AccountDetails, detailsOf } from "../accounts/read-account.ts";
import { renderAccount } from "../accounts/render-account.ts";
import { findAccountOrSync } from "../api/find-sync.ts";
import { isOperatorKey } from "../api/is-operator-key.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { takeFirst } from "../api/take-first.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { addressesOf } from "../syncs/addresses-of.ts";
import { renderSyncs } from "../syncs/render-syncs.ts";
import { createPaint, type Paint } from "../terminal/paint.ts";
import { renderOverview } from "./render-overview.ts";
import { renderHindrances, renderSync } from "./render-sync.ts";

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
        const isOperator = isOperatorKey(target.key);
        const shown =
          name === undefined ? await readOverview(millrace, isOperator) : await readOne(millrace, name);
        stdout.write(
          options.json
            ? `${JSON.stringify("details" in shown ? { account: shown.details.account, syncs: shown.syncs } : shown)}\n`
            : render(shown, {
                paint: createPaint(stdout, env),
                nowMs: Date.now(),
                columns: stdout.columns,
                isOperator,
                addresses: await addressesOf(millrace, "running" in shown ? shown.running : []),
              }),
        );
        return exitCodes.done;
      }),
    );

type Shown = Awaited<ReturnType<typeof readOverview>> | Awaited<ReturnType<typeof readOne>>;

interface Look {
  readonly paint: Paint;
  readonly nowMs: number;
  /** Of the terminal. */
  readonly columns: number | undefined;
  readonly isOperator: boolean;
  /** The mailboxes' addresses by their accounts' ids. */
  readonly addresses: ReadonlyMap<string, string>;
}

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
): Promise<{ details: AccountDetails; syncs: Sync[] } | { sync: Sync }> {
  const found = await findAccountOrSync(millrace, name);
  if ("sync" in found) return found;
  const { account } = found;
  return {
    details: await detailsOf(millrace, account),
    syncs: await takeFirst(millrace.syncs.list({ accountId: account.id, limit: newestMax }), newestMax),
  };
}

function render(shown: Shown, { paint, nowMs, columns, isOperator, addresses }: Look): string {
  if ("sync" in shown) return renderSync(shown.sync, paint, nowMs);
  if ("details" in shown)
    return [
      renderAccount(shown.details, paint, nowMs),
      renderSyncs(shown.syncs, paint, nowMs, { columns }),
      ...shown.syncs.filter((sync) => !hasEnded(sync)).map((sync) => renderHindrances(sync, nowMs)),
    ]
      .filter((part) => part !== "")
      .join("\n");
  const { overview, running } = shown;
  const syncs = running.length === 0 ? "" : `\n${renderSyncs(running, paint, nowMs, { addresses, columns })}`;
  return `${renderOverview(overview, paint, nowMs, { isOperator })}${syncs}`;
}
