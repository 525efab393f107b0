import type { RetentionRun } from "@millrace/client";
import { openMillrace } from "../api/open-millrace.ts";
import { takeFirst } from "../api/take-first.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { wholeNumber } from "../program/whole-number.ts";
import { createPaint } from "../terminal/paint.ts";
import { renderRuns } from "./render-runs.ts";
import { stateOption, taskOption } from "./retention-options.ts";

const runsPerPage = 200;
const runsShown = 50;

export const listRunsCommand = (run: Run) =>
  createCommand(run, "ls")
    .alias("runs")
    .summary("lists runs, the newest first")
    .description(
      "Lists runs, the newest first: those that were asked for, and those of schedules and of operators that have removed " +
        "something of the tenant; with an operator's key all. `millrace retention periods` tells for how long things are kept.",
    )
    .addOption(taskOption())
    .addOption(stateOption())
    .option("--limit <n>", `so many of them (${runsShown})`, wholeNumber)
    .option("--json", 'one line of JSON: {"items":[…]}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are listed, 2 when they cannot be"))
    .action(
      ending(run, async ({ task, state, limit = runsShown, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const { stdout, env } = run.world;
        const query = {
          limit: Math.min(limit, runsPerPage),
          ...(task === undefined ? {} : { task }),
          ...(state === undefined ? {} : { state }),
        };
        const items: RetentionRun[] = await takeFirst(millrace.retention.runs(query), limit);
        stdout.write(
          json
            ? `${JSON.stringify({ items })}\n`
            : renderRuns(items, createPaint(stdout, env), Date.now(), stdout.columns),
        );
        return exitCodes.done;
      }),
    );
