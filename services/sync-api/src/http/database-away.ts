/** SQLSTATE classes and codes of a server that is not there for us: Postgres manual, appendix A. */
const awayStates = /^(08|57P0|53300|53400|57014|25006)/;
const awayErrno = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
/** node-postgres gives these no code. */
const awayWords =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end/;

/** Whether an error of a query means that the database is away or too busy, and not that the query is wrong. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return awayStates.test(code) || awayErrno.has(code) || awayWords.test(error.message);
}
