import { readFile } from "node:fs/promises";
import type { RunnerOption } from "node-pg-migrate";
import { splitStatements } from "./split-statements.ts";

type Strategy = NonNullable<RunnerOption["migrationLoaderStrategies"]>[number];

/** A line that makes a migration's statements run one by one: what builds an index beside its writers is in no transaction. */
const alone = /^-- No transaction\b/m;

/**
 * How migrations are read: forward only, each in one transaction, unless it says otherwise. One that has none can end half
 * done, and is run again from its first statement: each statement has to bear that.
 */
export const loadMigrations: Strategy = {
  extensions: [".sql"],
  loader: (paths) =>
    Promise.all(
      paths.map(async (path) => {
        const sql = await readFile(path, "utf8");
        return { id: path, filePaths: [path], actions: { up: upOf(sql), down: false } };
      }),
    ),
};

type Up = Exclude<
  Awaited<ReturnType<Exclude<Strategy["loader"], string>>>[number]["actions"]["up"],
  false | undefined
>;

function upOf(sql: string): Up {
  return (builder) => {
    if (!alone.test(sql)) {
      builder.sql(sql);
      return;
    }
    builder.noTransaction();
    for (const statement of splitStatements(sql)) builder.sql(statement);
  };
}
