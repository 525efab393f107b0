import { readFileSync } from "node:fs";

const refusal = /permission denied|row-level security/;

/** What the database has refused a service, by the service's log: something that its rights do not name. */
export function databaseRefusals(logFile: string): readonly string[] {
  return readFileSync(logFile, "utf8")
    .split("\n")
    .filter((line) => refusal.test(line))
    .map((line) => line.slice(0, 500));
}
