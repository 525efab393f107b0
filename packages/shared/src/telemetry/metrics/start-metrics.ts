import { DiagLogLevel, diag } from "@opentelemetry/api";
import type { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import type { z } from "zod";
import type { Logger } from "../../runtime/create-logger.ts";
import { quietDiagnostics } from "../quiet-diagnostics.ts";
import { serviceInstanceId } from "../service-instance-id.ts";
import { measureProcess } from "./measure-process.ts";
import { definedMetrics } from "./metric.ts";
import { isMeasured, type metricsEnv } from "./metrics-env.ts";

export type MetricsConfig = z.output<z.ZodObject<typeof metricsEnv>> & {
  readonly OPS_PORT?: number | undefined;
};

export interface RunningMetrics {
  /** All of them, in Prometheus' text format. */
  scrape(): Promise<string>;
  /** Sends what is left to the collector, if there is one. */
  stop(): Promise<void>;
}

/** A collector that is away does not hold up the end. */
const stopMsMax = 2_000;

/**
 * Measures the process from now on, when somebody wants to know: a port is served, or a collector is told. Only then is
 * the SDK loaded, so that who does not measure pays no memory; its metrics then do nothing.
 *
 * @returns null when nobody wants to know
 */
export async function startMetrics(
  service: string,
  config: MetricsConfig,
  log: Logger,
): Promise<RunningMetrics | null> {
  if (!isMeasured(config)) return null;
  const [{ MeterProvider }, { PullReader }, { resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/sdk-metrics"),
    import("./pull-reader.ts"),
    import("@opentelemetry/resources"),
  ]);
  diag.setLogger(quietDiagnostics(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const pull = new PullReader(log);
  const push = config.OTEL_METRICS_EXPORTER === "otlp" ? [await pushReader(config)] : [];
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      "service.name": config.OTEL_SERVICE_NAME ?? service,
      "service.namespace": "millrace",
      "service.instance.id": serviceInstanceId,
      ...config.OTEL_RESOURCE_ATTRIBUTES,
    }),
    readers: [pull, ...push],
  });
  const meter = provider.getMeter("millrace");
  for (const metric of definedMetrics()) metric.bind(meter);
  const endProcess = measureProcess();
  return {
    scrape: () => pull.scrape(),
    stop: async () => {
      endProcess();
      await provider
        .shutdown({ timeoutMillis: stopMsMax })
        .catch((error: unknown) => log.warn({ err: error }, "the last metrics were not sent"));
    },
  };
}

/** Compression, certificates: the exporter reads OpenTelemetry's variables by itself. */
async function pushReader(config: MetricsConfig): Promise<PeriodicExportingMetricReader> {
  const [{ PeriodicExportingMetricReader }, { OTLPMetricExporter }, { temporalityOf }] = await Promise.all([
    import("@opentelemetry/sdk-metrics"),
    import("@opentelemetry/exporter-metrics-otlp-proto"),
    import("./temporality-of.ts"),
  ]);
  const base = config.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/$/, "");
  const url = config.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? (base && `${base}/v1/metrics`);
  const exporter = new OTLPMetricExporter({
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
    ...(url === undefined ? {} : { url }),
  });
  exporter.selectAggregationTemporality = temporalityOf;
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: config.OTEL_METRIC_EXPORT_INTERVAL,
    exportTimeoutMillis: Math.min(config.OTEL_METRIC_EXPORT_INTERVAL, 10_000),
  });
}
