import { allMetrics } from "./all-metrics.ts";
import type { AttributeMeaning, Metric } from "./metric.ts";
import { prometheusName } from "./prometheus-name.ts";

const head = `# Metrics

Every metric that the services have, written by \`vitest -u --project unit packages/shared/src/telemetry\` from their definitions in [packages/shared/src/telemetry/metrics](../packages/shared/src/telemetry/metrics). Names follow OpenTelemetry's semantic conventions where there is one; in Prometheus they end in their unit, however they get there. A histogram's series have \`_bucket\`, \`_sum\` and \`_count\` behind the name.

No metric bears an id of a tenant, an account or a sync: there is no end of them. What is the janitor's about queues and views is looked up by one copy at a time, every ten seconds in the broker and every thirty in the database, however often it is scraped.
`;

/** docs/metrics.md. */
export function describeMetrics(): string {
  const rows = allMetrics().map(
    (metric) =>
      `| \`${metric.name}\` | \`${prometheusName(metric)}\` | ${metric.kind} | \`${metric.unit}\` | ${metric.from} | ${metric.description} | ${attributesOf(metric)} |`,
  );
  return `${head}
| name | in Prometheus | kind | unit | of | what | attributes |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function attributesOf({ attributes }: Metric): string {
  return Object.entries(attributes)
    .map(([key, meaning]) => `\`${key}\`: ${inWords(meaning)}`)
    .join("<br>");
}

const valuesMax = 10;

function inWords(meaning: AttributeMeaning): string {
  if (typeof meaning === "string") return meaning;
  const shown = meaning.slice(0, valuesMax).map((value) => `\`${value}\``);
  return meaning.length > valuesMax
    ? `${shown.join(", ")} and ${meaning.length - valuesMax} more`
    : shown.join(", ");
}
