import { readFileSync } from "node:fs";
import { findLogEvent } from "@millrace/infra/process/start-node-service";
import type { Millrace, ServiceName } from "./start-millrace.ts";

/** One line of a service's metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Where a service serves health and metrics; it was started with OPS_PORT. */
export function opsUrlOf(millrace: Millrace, name: ServiceName): string {
  const service = millrace.services.get(name);
  if (service === undefined) throw new Error(`${name} was not started.`);
  return String(findLogEvent(readFileSync(service.logFile, "utf8"), "ops.listening")?.url);
}

export async function scrape(millrace: Millrace, name: ServiceName): Promise<readonly Sample[]> {
  const answer = await fetch(`${opsUrlOf(millrace, name)}/metrics`);
  return parseSamples(await answer.text());
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Of Prometheus' text format, as far as it is written here. @throws Error for a line that is none of it */
function parseSamples(text: string): Sample[] {
  return text
    .split("\n")
    .filter((row) => row !== "" && !row.startsWith("#"))
    .map((row) => {
      const [, name, labels = "", value] = line.exec(row) ?? [];
      if (name === undefined || value === undefined) throw new Error(`No sample: ${row}`);
      const pairs = [...labels.matchAll(label)].map(([, key, text]) => [key, text] as const);
      return {
        name,
        labels: Object.fromEntries(pairs),
        value: Number(value === "+Inf" ? Number.POSITIVE_INFINITY : value),
      };
    });
}

/** The sum of a metric's series that bear these labels; undefined when there is none. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const matching = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  return matching.length === 0 ? undefined : matching.reduce((sum, { value }) => sum + value, 0);
}
