import { Option } from "@commander-js/extra-typings";
import { isOperatorKey } from "../api/is-operator-key.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { takeFirst } from "../api/take-first.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes, UsageError } from "../program/exit-codes.ts";
import { wholeNumber } from "../program/whole-number.ts";
import { createPaint } from "../terminal/paint.ts";
import { renderTenants } from "./render-tenants.ts";

const tenantsPerPage = 200;
const tenantsShown = 200;

const conditions = [
  "trouble",
  "waiting",
  "running",
  "paused",
  "failing",
  "failed",
  "dead_letters",
  "reconnect",
] as const;

export const tenantsCommand = (run: Run) =>
  createCommand(run, "tenants")
    .summary("lists tenants and how their syncs are doing, for an operator")
    .description(
      "Lists tenants by their ids: what of each runs, waits, fails and needs a person, in numbers. It takes an operator's key, " +
        "which sees no mailbox and no sync; a key of the tenant (`millrace keys create NAME --tenant ID`) does.",
    )
    .addOption(
      new Option(
        "--having <condition>",
        "only those that have such a thing now; trouble: failing, failed, dead_letters or reconnect",
      ).choices(conditions),
    )
    .option("--limit <n>", `so many of them (${tenantsShown})`, wholeNumber)
    .option("--json", 'one line of JSON: {"items":[…]}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are listed, 2 when they cannot be"))
    .action(
      ending(run, async ({ having, limit = tenantsShown, json, profile }) => {
        const { millrace, target } = openMillrace(run.world.env, { profile });
        if (!isOperatorKey(target.key))
          throw new UsageError(
            `${target.keyFrom} is a tenant's key: this takes an operator's (mro_…). \`millrace status\` shows your own tenant.`,
          );
        const listed = millrace.tenants.list({
          limit: Math.min(tenantsPerPage, Math.max(1, limit)),
          ...(having !== undefined && { having }),
        });
        const items = await takeFirst(listed, limit);
        const { stdout, env } = run.world;
        stdout.write(
          json
            ? `${JSON.stringify({ items })}\n`
            : renderTenants(items, createPaint(stdout, env), Date.now(), stdout.columns),
        );
        return exitCodes.done;
      }),
    );
