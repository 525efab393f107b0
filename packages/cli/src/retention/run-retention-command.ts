import type { RetentionRun } from "@millrace/client";
import { openMillrace } from "../api/open-millrace.ts";
import {
  createCommand,
  ending,
  helpEnd,
  profileOption,
  type Run,
  untilInterrupted,
} from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { createPaint, paintState } from "../terminal/paint.ts";
import { followRuns } from "./follow-runs.ts";
import { describeRun } from "./render-runs.ts";
import { taskOption } from "./retention-options.ts";

export const runRetentionCommand = (run: Run) =>
  createCommand(run, "run")
    .summary("has what has had its time removed now; with --dry-run says what that is")
    .description(
      "Has the janitor remove what has had its time now, task after task, and tells what came of each. With --dry-run it only " +
        "says what would be removed. It runs in the background: interrupted here, it goes on there.",
    )
    .addOption(taskOption())
    .option("--dry-run", "says what would be removed, and removes nothing", false)
    .option("--no-wait", "ends when it is certain that it will be done")
    .option("--json", 'one line of JSON: {"runs":[…]}', false)
    .addOption(profileOption())
    .addHelpText(
      "after",
      helpEnd(
        "0 when it is done (or asked for, with --no-wait), 1 when a run failed or was stopped, 2 when the command cannot be carried out",
      ),
    )
    .action(
      ending(run, async ({ task, dryRun, wait, json, profile }) => {
        const { millrace } = openMillrace(run.world.env, { profile });
        const { stdout, stderr, env } = run.world;
        const asked = await millrace.retention.run({ dryRun, ...(task === undefined ? {} : { task }) });
        const end = (runs: readonly RetentionRun[]): number => {
          if (json) stdout.write(`${JSON.stringify({ runs })}\n`);
          return runs.some(({ state }) => state === "failed" || state === "stopped")
            ? exitCodes.unfinished
            : exitCodes.done;
        };
        if (!wait) {
          if (!json) stdout.write(`${asked.runs.map((one) => `${one.id}  ${one.task}\n`).join("")}`);
          return end(asked.runs);
        }
        const output = json ? stderr : stdout;
        const paint = createPaint(output, env);
        const widest = Math.max(...asked.runs.map((one) => one.task.length));
        return untilInterrupted(run, left, async (signal) =>
          end(
            await followRuns(millrace, asked.runs, {
              signal,
              onEnd: (one) =>
                output.write(
                  `${one.task.padEnd(widest)}  ${paintState(paint, one.state)}  ${describeRun(one)}\n`,
                ),
              onSilence: () => stderr.write(silence),
            }),
          ),
        );
      }),
    );

const left = (): string => "It is done all the same; `millrace retention runs` tells what came of it.";
const silence =
  "No janitor has begun with it yet. Is one running? `millrace doctor` looks closer; Ctrl-C ends the waiting.\n";
