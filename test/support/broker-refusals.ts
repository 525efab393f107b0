import { readFileSync } from "node:fs";

const refusedEvent = '"event":"nats.refused"';

/** What the broker has refused a service, by the service's log: something that its rights do not name. */
export function brokerRefusals(logFile: string): readonly string[] {
  return readFileSync(logFile, "utf8")
    .split("\n")
    .filter((line) => line.includes(refusedEvent))
    .map((line) => {
      const { service, operation, subject } = JSON.parse(line) as Readonly<Record<string, string>>;
      return `${service} may not ${operation} to ${subject}`;
    });
}
