import type { UpDownCounter as Instrument } from "@opentelemetry/api";
import { define, type Metric, type MetricDefinition } from "./metric.ts";

/** How many there are now, told by those who come and go. */
export interface UpDownCounter<Key extends string> extends Metric {
  add(count: number, attributes: Readonly<Record<Key, string>>): void;
}

/** @throws Error for a name that is taken */
export function upDownCounter<const Key extends string>(
  definition: MetricDefinition<Key>,
): UpDownCounter<Key> {
  let instrument: Instrument | null = null;
  return define({
    ...definition,
    kind: "up-down counter",
    bind(meter) {
      instrument = meter.createUpDownCounter(definition.name, definition);
    },
    add: (count, attributes) => instrument?.add(count, attributes),
  });
}
