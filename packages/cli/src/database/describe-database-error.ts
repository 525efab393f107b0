import { KeyringError } from "@millrace/shared/postgres/keyring";
import { CommandError } from "../program/exit-codes.ts";

const undefinedTable = "42P01";
const insufficientPrivilege = "42501";

/** What went wrong with a database, in words that name it without its password. */
export function describeDatabaseError(error: unknown, databaseUrl: string): string {
  if (error instanceof KeyringError || error instanceof CommandError) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  const where = URL.canParse(databaseUrl) ? new URL(databaseUrl) : null;
  if (where === null)
    return "DATABASE_URL is no URL: it should look like postgres://user:password@host:5432/name.";
  const name = `${where.hostname}:${where.port || "5432"}${where.pathname}`;
  if (code === undefinedTable) {
    return `The database ${name} lacks tables of Millrace (${message}). Does DATABASE_URL name the right one?`;
  }
  const what = message || code || String(error);
  if (code?.startsWith("28") === true || code === "3D000")
    return `The database ${name} refuses it: ${what}. Are user, password and name in DATABASE_URL right?`;
  if (code === insufficientPrivilege)
    return `The database ${name} refuses it: ${what}. This takes the owner of the tables; a service's user may not.`;
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `Nobody answers at ${name} (${what}). Does Postgres run, and is DATABASE_URL right? \`npm start\` prints its own.`;
  return `The database ${name} does not do it: ${what}`;
}
