import { createCommand, ending, helpEnd, type Run } from "../program/create-command.ts";
import { CommandError, exitCodes } from "../program/exit-codes.ts";
import { describeDatabaseError } from "./describe-database-error.ts";
import { databaseUrlOf, ownerEnvironment } from "./with-database.ts";

export const migrateCommand = (run: Run) =>
  createCommand(run, "migrate")
    .summary("brings the database's schema, and services' rights, up to date")
    .description(
      "Brings the database's schema up to the newest migration, and makes services' rights what they are to be. Services " +
        "of the release before may run meanwhile.",
    )
    .option("--json", 'one line of JSON: {"applied":[…]}, the names of what was applied now', false)
    .addHelpText("after", helpEnd("0 when the schema is up to date, 2 when it is not", ownerEnvironment))
    .action(
      ending(run, async ({ json }) => {
        const databaseUrl = databaseUrlOf(run.world.env);
        const applied = await apply(databaseUrl);
        const told =
          applied.length === 0
            ? "The schema was up to date.\n"
            : `Applied:\n${applied.map((name) => `  ${name}\n`).join("")}The schema is up to date.\n`;
        run.world.stdout.write(json ? `${JSON.stringify({ applied })}\n` : told);
        return exitCodes.done;
      }),
    );

async function apply(databaseUrl: string): Promise<string[]> {
  const { migrate, SchemaOwnerError } = await import("@millrace/shared/postgres/migrate");
  try {
    return await migrate(databaseUrl);
  } catch (error) {
    const text =
      error instanceof SchemaOwnerError ? error.message : describeDatabaseError(error, databaseUrl);
    throw new CommandError(text, { cause: error });
  }
}
