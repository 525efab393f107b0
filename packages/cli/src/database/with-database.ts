import type { OwnerPool } from "@millrace/shared/postgres/create-pool";
import { withSecretFiles } from "@millrace/shared/runtime/with-secret-files";
import { CommandError } from "../program/exit-codes.ts";
import type { Env, Output } from "../program/surroundings.ts";
import { describeDatabaseError } from "./describe-database-error.ts";

const progressEveryMs = 2_000;

/** What stands below the options of commands that work on the database itself. */
export const ownerEnvironment =
  "Environment:\n  DATABASE_URL    the Postgres that the services use, as its owner (or DATABASE_URL_FILE)";

/** @throws CommandError when it is not set */
export function databaseUrlOf(env: Env): string {
  const { DATABASE_URL } = withSecretFiles(env);
  if (DATABASE_URL) return DATABASE_URL;
  throw new CommandError(
    "DATABASE_URL is not set: name the Postgres that the services use; `npm start` prints its own.",
  );
}

/** Says what goes on: a line that is written over on a terminal, a line every two seconds elsewhere. */
export interface Teller {
  tell(progress: () => string): void;
}

/**
 * Works on one connection of its own, which ends with the work.
 *
 * @throws CommandError in words that name the database without its password
 */
export async function withDatabase<T>(
  databaseUrl: string,
  name: string,
  stderr: Output,
  work: (pool: OwnerPool, teller: Teller) => Promise<T>,
): Promise<T> {
  const [{ createOwnerPool }, { createLogger }] = await Promise.all([
    import("@millrace/shared/postgres/create-pool"),
    import("@millrace/shared/runtime/create-logger"),
  ]);
  const pool = createOwnerPool(databaseUrl, name, 1, createLogger(name, "silent"));
  const clear = stderr.isTTY ? "\r\u001b[2K" : "";
  const everyMs = stderr.isTTY ? 100 : progressEveryMs;
  let toldAt = performance.now();
  let isShown = false;
  const tell = (progress: () => string): void => {
    if (performance.now() - toldAt < everyMs) return;
    toldAt = performance.now();
    isShown = true;
    stderr.write(stderr.isTTY ? `${clear}${progress()}` : `${progress()}\n`);
  };
  try {
    return await work(pool, { tell });
  } catch (error) {
    throw new CommandError(describeDatabaseError(error, databaseUrl), { cause: error });
  } finally {
    if (isShown) stderr.write(clear);
    await pool.end();
  }
}
