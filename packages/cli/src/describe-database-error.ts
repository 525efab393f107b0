const undefinedTable = "42P01";

/** What went wrong with a database, in words that name it without its password. */
export function describeDatabaseError(error: unknown, databaseUrl: string): string {
  const { code, message } = error as { code?: string; message?: string };
  const where = URL.canParse(databaseUrl) ? new URL(databaseUrl) : null;
  if (where === null)
    return "DATABASE_URL is no URL: it should look like postgres://user:password@host:5432/name.";
  const name = `${where.hostname}:${where.port || "5432"}${where.pathname}`;
  if (code === undefinedTable) {
    return `The database ${name} lacks tables of Millrace (${message}). Does DATABASE_URL name the right one?`;
  }
  return `The database ${name} does not do it: ${message || code || String(error)}`;
}
