import type { ObservableGauge } from "@opentelemetry/api";
import { define, type Metric, type MetricDefinition } from "./metric.ts";

export interface Observation<Key extends string> {
  readonly value: number;
  readonly attributes: Readonly<Record<Key, string>>;
}

type Observations<Key extends string> = Iterable<Observation<Key>>;
type Reading<Key extends string> = () => Observations<Key> | Promise<Observations<Key>>;

/** How something stands at the moment at which somebody looks. */
export interface Gauge<Key extends string> extends Metric {
  /**
   * Who knows how it stands. Asked at each collection, so it answers from memory, or asks what is asked rarely anyway.
   *
   * @returns ends it
   */
  observe(read: Reading<Key>): () => void;
}

/** @throws Error for a name that is taken */
export function gauge<const Key extends string>(definition: MetricDefinition<Key>): Gauge<Key> {
  const readers = new Set<Reading<Key>>();
  return define({
    ...definition,
    kind: "gauge",
    bind(meter) {
      const instrument: ObservableGauge = meter.createObservableGauge(definition.name, definition);
      instrument.addCallback(async (result) => {
        for (const read of readers)
          for (const { value, attributes } of await read()) result.observe(value, attributes);
      });
    },
    observe(read) {
      readers.add(read);
      return () => void readers.delete(read);
    },
  });
}

/** One observation without attributes. */
export const just = (value: number): readonly Observation<never>[] => [{ value, attributes: {} }];
