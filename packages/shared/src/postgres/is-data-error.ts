import { DatabaseError } from "pg";

/**
 * True when the database refused the data itself, so that trying again cannot help: SQLSTATE classes 22 (data
 * exception), 23 (constraint violation) and 54 (program limit exceeded).
 */
export function isDataError(error: unknown): boolean {
  return error instanceof DatabaseError && /^(22|23|54)/.test(error.code ?? "");
}
