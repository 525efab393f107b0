import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MetricReader } from "@opentelemetry/sdk-metrics";
import type { Logger } from "../../runtime/create-logger.ts";
import { nameWithUnit } from "./prometheus-name.ts";
import { temporalityOf } from "./temporality-of.ts";

const collectMsMax = 5_000;

/** Collects when somebody asks, and writes it as Prometheus reads it. The exporter's own server is not needed for that. */
export class PullReader extends MetricReader {
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  readonly #log: Logger;

  constructor(log: Logger) {
    super({ aggregationTemporalitySelector: temporalityOf });
    this.#log = log;
  }

  async scrape(): Promise<string> {
    const { resourceMetrics, errors } = await this.collect({ timeoutMillis: collectMsMax });
    for (const error of errors) this.#log.warn({ err: error }, "a metric could not be read");
    const scopeMetrics = resourceMetrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => ({
        ...metric,
        descriptor: {
          ...metric.descriptor,
          name: nameWithUnit(metric.descriptor.name, metric.descriptor.unit),
        },
      })),
    }));
    return `${this.#serializer.serialize({ ...resourceMetrics, scopeMetrics })}`;
  }

  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}
