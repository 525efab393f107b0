import pg from "pg";
import { ReadOnlyServerError, RoleRefusedError } from "./assume-role.ts";
import { isDataError } from "./is-data-error.ts";

const networkCodes: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENOENT", // a socket's folder
]);

/** The driver has no codes for these. */
const driverMessage =
  /connection terminated|timeout exceeded when trying to connect|not queryable|query read timeout|client was closed|cannot use a pool after/i;

/**
 * True for an error of the database that is not about the data: it cannot be reached, restarts, has no room, or
 * lacks a migration that is still to come.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof RoleRefusedError || error instanceof ReadOnlyServerError) return true;
  if (error instanceof pg.DatabaseError) return !isDataError(error);
  if (!(error instanceof Error)) return false;
  if ("code" in error && networkCodes.has(error.code)) return true;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  return driverMessage.test(error.message);
}
