import { type RebuildReport, rebuildViews } from "@millrace/shared/projection/rebuild-views";
import { type CommandOutput, parseCheckOptions, withDatabase } from "./database-command.ts";
import { describeDatabaseError } from "./describe-database-error.ts";
import { renderRebuild } from "./render-rebuild.ts";

export const rebuildUsage = `usage:
  millrace rebuild            builds the views anew from the stored events, and makes the live ones equal to them
  millrace rebuild --check    compares the views with what the events tell, row by row, and changes nothing

Services may run meanwhile. Progress goes to standard error.

options:
  --check   compare only
  --json    prints one line of JSON:
            {"events":…,"tables":{"syncs":{"rows":…,"missing":…,"extra":…,"different":…,"examples":[…]},…},
             "differences":…,"swapped":…}
            missing: rows that should be in a live view and are not; extra: rows that should not be there
  --help    this text

environment:
  DATABASE_URL    the Postgres that the services use, as its owner

exit code: 0 when nothing differs or the views were made equal, 1 when --check found differences, 2 when the command
cannot be carried out
`;

/**
 * `millrace rebuild`.
 *
 * @param args what follows the command's name
 * @param databaseUrl undefined when it is not set
 * @returns the exit code
 */
export async function rebuildCommand(
  args: readonly string[],
  databaseUrl: string | undefined,
  { stdout, stderr }: CommandOutput,
): Promise<number> {
  const refuse = (text: string): number => {
    stderr(text);
    return 2;
  };
  const options = parseCheckOptions(args, "rebuild");
  if (typeof options === "string") return refuse(`${options}\n\n${rebuildUsage}`);
  if (options.help) {
    stdout(rebuildUsage);
    return 0;
  }
  if (!databaseUrl) {
    return refuse(
      "DATABASE_URL is not set: name the Postgres that the services use; `npm start` prints its own.\n",
    );
  }
  const began = performance.now();
  try {
    const report = await rebuild(databaseUrl, options.check, stderr);
    if (report.unreadable > 0) {
      stderr(`${report.unreadable} events of a vocabulary that this version does not know were left out.\n`);
    }
    stdout(options.json ? toJson(report) : renderRebuild(report, (performance.now() - began) / 1000));
    return options.check && report.differences > 0 ? 1 : 0;
  } catch (error) {
    return refuse(`${describeDatabaseError(error, databaseUrl)}\n`);
  }
}

function rebuild(
  databaseUrl: string,
  check: boolean,
  stderr: CommandOutput["stderr"],
): Promise<RebuildReport> {
  return withDatabase(databaseUrl, "rebuild", stderr, (pool, tell) => {
    const onProgress = (done: number, total: number): void =>
      tell(() => `${done.toLocaleString("en")} of ${total.toLocaleString("en")} events`);
    return rebuildViews(pool, { check, onProgress });
  });
}

function toJson({ events, tables, differences, swapped }: RebuildReport): string {
  return `${JSON.stringify({ events, tables, differences, swapped })}\n`;
}
