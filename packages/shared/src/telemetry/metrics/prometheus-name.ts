import type { Metric } from "./metric.ts";

const suffixes: Readonly<Record<string, string>> = { s: "seconds", By: "bytes", "1": "ratio" };

/**
 * What a metric is called in Prometheus: as OpenTelemetry's rules have it, with its unit at the end, whichever way it
 * gets there. A histogram's series have `_bucket`, `_sum` and `_count` behind it.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function prometheusName({ name, unit, kind }: Pick<Metric, "name" | "unit" | "kind">): string {
  const base = nameWithUnit(name, unit);
  return kind === "counter" ? `${base}_total` : base;
}

/** Without what says that it counts: the serializer adds that itself. */
export function nameWithUnit(name: string, unit: string): string {
  const base = name.replaceAll(/[^A-Za-z0-9_]/g, "_");
  const suffix = suffixes[unit];
  return suffix === undefined || base.endsWith(`_${suffix}`) ? base : `${base}_${suffix}`;
}
