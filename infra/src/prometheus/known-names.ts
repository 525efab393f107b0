import { allMetrics } from "@millrace/shared/telemetry/metrics/all-metrics";
import type { Metric } from "@millrace/shared/telemetry/metrics/metric";
import { prometheusName } from "@millrace/shared/telemetry/metrics/prometheus-name";
import { selectorsIn } from "./selectors-in.ts";

/** What Prometheus adds to each series, and the label by which ours are found (infra/prometheus/prometheus.yml). */
const targetLabels = ["job", "instance", "app"];

const labelsOf = ({ attributes }: Metric): string[] =>
  Object.keys(attributes).map((key) => key.replaceAll(/[^A-Za-z0-9_]/g, "_"));

/** Labels by the name of the series. */
function knownSeries(): ReadonlyMap<string, readonly string[]> {
  const series = allMetrics().flatMap((metric): [string, readonly string[]][] => {
    const name = prometheusName(metric);
    const labels = [...labelsOf(metric), ...targetLabels];
    if (metric.kind !== "histogram") return [[name, labels]];
    return [
      [`${name}_bucket`, [...labels, "le"]],
      [`${name}_sum`, labels],
      [`${name}_count`, labels],
    ];
  });
  return new Map([...series, ["up", targetLabels]]);
}

/** What a query names that no service has: metrics, and labels of them. */
export function unknownIn(query: string): readonly string[] {
  const known = knownSeries();
  const { selectors, grouping } = selectorsIn(query);
  const unknown = selectors.flatMap(({ name, labels }) => {
    const has = known.get(name);
    return has === undefined
      ? [name]
      : labels.filter((label) => !has.includes(label)).map((label) => `${name}{${label}}`);
  });
  const all = new Set(selectors.flatMap(({ name }) => known.get(name) ?? []));
  return [...unknown, ...grouping.filter((label) => !all.has(label)).map((label) => `by (${label})`)];
}
