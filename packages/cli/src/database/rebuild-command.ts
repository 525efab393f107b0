import type { RebuildReport } from "@millrace/shared/projection/rebuild-views";
import { createCommand, ending, helpEnd, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { renderBar } from "../syncs/render-progress.ts";
import { renderRebuild } from "./render-rebuild.ts";
import { databaseUrlOf, ownerEnvironment, withDatabase } from "./with-database.ts";

const format = `Format of --json:
  {"events":…,"tables":{"syncs":{"rows":…,"missing":…,"extra":…,"different":…,"examples":[…]},…},
   "differences":…,"swapped":…}
  missing: rows that should be in a live view and are not; extra: rows that should not be there

${ownerEnvironment}`;

export const rebuildCommand = (run: Run) =>
  createCommand(run, "rebuild")
    .summary("builds the views anew from the stored events")
    .description(
      "Builds the views anew from the stored events, and makes the live ones equal to them. Services may run meanwhile. " +
        "Progress goes to standard error.",
    )
    .option(
      "--check",
      "compares row by row what there is with what the events tell, and changes nothing",
      false,
    )
    .option("--json", "one line of JSON, see below", false)
    .addHelpText(
      "after",
      helpEnd(
        "0 when nothing differs or the views were made equal, 1 when --check found differences, 2 when the command cannot be carried out",
        format,
      ),
    )
    .action(
      ending(run, async ({ check, json }) => {
        const { stdout, stderr, env } = run.world;
        const { rebuildViews } = await import("@millrace/shared/projection/rebuild-views");
        const began = performance.now();
        const report = await withDatabase(databaseUrlOf(env), "rebuild", stderr, (pool, { tell }) =>
          rebuildViews(pool, {
            check,
            onProgress: (done, total) => tell(() => describe(done, total, stderr.isTTY === true)),
          }),
        );
        if (report.unreadable > 0)
          stderr.write(
            `${report.unreadable} events of a vocabulary that this version does not know were left out.\n`,
          );
        stdout.write(json ? toJson(report) : renderRebuild(report, (performance.now() - began) / 1000));
        return check && report.differences > 0 ? exitCodes.unfinished : exitCodes.done;
      }),
    );

const barCells = 30;

function describe(done: number, total: number, isTerminal: boolean): string {
  const text = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} events`;
  return isTerminal ? `[${renderBar(total === 0 ? 1 : done / total, barCells)}] ${text}` : text;
}

function toJson({ events, tables, differences, swapped }: RebuildReport): string {
  return `${JSON.stringify({ events, tables, differences, swapped })}\n`;
}
