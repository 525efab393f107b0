import type { Histogram as Instrument } from "@opentelemetry/api";
import { define, type Metric, type MetricDefinition } from "./metric.ts";

/** How long, or how large: counted by buckets. */
export interface Histogram<Key extends string> extends Metric {
  record(value: number, attributes: Readonly<Record<Key, string>>): void;
}

interface HistogramDefinition<Key extends string> extends MetricDefinition<Key> {
  /** Upper bounds of buckets. */
  readonly buckets: readonly number[];
}

/** Seconds of what should take milliseconds. */
export const quickSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Seconds of what may take minutes. */
export const slowSeconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** @throws Error for a name that is taken */
export function histogram<const Key extends string>(definition: HistogramDefinition<Key>): Histogram<Key> {
  let instrument: Instrument | null = null;
  return define({
    ...definition,
    kind: "histogram",
    bind(meter) {
      const { unit, description, buckets } = definition;
      const advice = { explicitBucketBoundaries: [...buckets] };
      instrument = meter.createHistogram(definition.name, { unit, description, advice });
    },
    record: (value, attributes) => instrument?.record(value, attributes),
  });
}
