import type { Counter as Instrument } from "@opentelemetry/api";
import { combinationsOf, define, type Metric, type MetricDefinition } from "./metric.ts";

/** Something that happens and is counted. */
export interface Counter<Key extends string> extends Metric {
  add(count: number, attributes: Readonly<Record<Key, string>>): void;
}

/** @throws Error for a name that is taken */
export function counter<const Key extends string>(definition: MetricDefinition<Key>): Counter<Key> {
  let instrument: Instrument | null = null;
  return define({
    ...definition,
    kind: "counter",
    bind(meter) {
      instrument = meter.createCounter(definition.name, definition);
      for (const attributes of combinationsOf(definition.attributes)) instrument.add(0, attributes);
    },
    add: (count, attributes) => instrument?.add(count, attributes),
  });
}
