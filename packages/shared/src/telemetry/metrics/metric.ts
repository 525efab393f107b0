import type { Meter } from "@opentelemetry/api";

/** What an attribute says: in words, or all the values that it has. */
export type AttributeMeaning = string | readonly string[];

export interface MetricDefinition<Key extends string> {
  /** OpenTelemetry's semantic convention where there is one, `millrace.…` otherwise. */
  readonly name: string;
  /** UCUM: `s`, `By`, `1` for shares, `{chunk}` for what is counted. */
  readonly unit: string;
  readonly description: string;
  /** Which services have it; `all`. */
  readonly from: string;
  /** Never an id of a tenant, account or sync: there is no end of them. */
  readonly attributes: Readonly<Record<Key, AttributeMeaning>>;
}

export type MetricKind = "counter" | "histogram" | "up-down counter" | "gauge";

/** A metric of this process. It costs nothing until somebody measures. */
export interface Metric extends MetricDefinition<string> {
  readonly kind: MetricKind;
  bind(meter: Meter): void;
}

const defined = new Map<string, Metric>();

/** All metrics whose modules this process has loaded. */
export const definedMetrics = (): readonly Metric[] => [...defined.values()];

/** @throws Error for a name that is taken: two metrics of one name would be one, with the sum of both */
export function define<M extends Metric>(metric: M): M {
  if (defined.has(metric.name)) throw new Error(`Two metrics are called ${metric.name}; rename one.`);
  defined.set(metric.name, metric);
  return metric;
}

const combinationsMax = 256;

/**
 * All combinations of attributes, where each one's values are known: series that are there from the start, at zero, so
 * that the first thing that happens is seen as a rise.
 *
 * @returns empty when some attribute has no list of values, or there are too many combinations
 */
export function combinationsOf(
  attributes: Readonly<Record<string, AttributeMeaning>>,
): readonly Readonly<Record<string, string>>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [key, values] of Object.entries(attributes)) {
    if (typeof values === "string") return [];
    combinations = combinations.flatMap((before) => values.map((value) => ({ ...before, [key]: value })));
  }
  return combinations.length > combinationsMax ? [] : combinations;
}
