import "./api-metrics.ts";
import "./care-metrics.ts";
import "./consumer-metrics.ts";
import "./database-metrics.ts";
import "./fact-metrics.ts";
import "./janitor-metrics.ts";
import "./measure-process.ts";
import "./provider-metrics.ts";
import "./quota-metrics.ts";
import "./retention-metrics.ts";
import "./service-metrics.ts";
import { definedMetrics, type Metric } from "./metric.ts";

/** Every metric that any service has, by name. For documents and checks: a service defines what it loads. */
export const allMetrics = (): readonly Metric[] =>
  definedMetrics().toSorted((a, b) => (a.name < b.name ? -1 : 1));
