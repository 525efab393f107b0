import { migrate } from "@millrace/shared/postgres/migrate";
import { withSecretFiles } from "@millrace/shared/runtime/with-secret-files";
import { makeDatabaseUsers } from "../postgres/database-users.ts";

/**
 * The schema, up to date, and a user for each service.
 *
 * @param env DATABASE_OWNER_URL or DATABASE_OWNER_URL_FILE
 */
export async function makeDatabase(env: NodeJS.ProcessEnv): Promise<number> {
  const url = withSecretFiles(env).DATABASE_OWNER_URL;
  if (!url)
    throw new Error("Set DATABASE_OWNER_URL or DATABASE_OWNER_URL_FILE to the database, as its owner.");
  const applied = await migrate(url);
  await makeDatabaseUsers(url);
  process.stdout.write(
    `The schema is up to date${applied.length > 0 ? `: ${applied.length} migrations were run` : ""}.\n`,
  );
  return 0;
}
