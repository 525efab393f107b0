import { z } from "zod";
import { telemetryEnv } from "../telemetry-env.ts";

/** Whether somebody wants to know: who does not measure need not look. */
export const isMeasured = (config: {
  readonly OPS_PORT?: number | undefined;
  readonly OTEL_METRICS_EXPORTER: "otlp" | "none";
}): boolean => config.OPS_PORT !== undefined || config.OTEL_METRICS_EXPORTER !== "none";

const seconds = (text: string) => `${text}, in milliseconds`;

/** OpenTelemetry's own variables, as far as metrics need them; the exporter reads the rest of them by itself. */
export const metricsEnv = {
  OTEL_METRICS_EXPORTER: z
    .enum(["otlp", "none"])
    .default("none")
    .describe(
      "`otlp`: metrics are sent to a collector, over HTTP with protobuf; without an endpoint to http://localhost:4318. OpenTelemetry's other variables for its exporter (timeout, compression, certificates) count for it as well",
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: telemetryEnv.OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: z
    .url("must be the whole address: http://127.0.0.1:4318/v1/metrics")
    .optional()
    .describe("where metrics go, taken as it is"),
  OTEL_METRIC_EXPORT_INTERVAL: z.coerce
    .number(seconds("must be a whole number"))
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(60_000)
    .describe("how often, in milliseconds"),
  OTEL_EXPORTER_OTLP_HEADERS: telemetryEnv.OTEL_EXPORTER_OTLP_HEADERS,
  OTEL_SERVICE_NAME: telemetryEnv.OTEL_SERVICE_NAME,
  OTEL_RESOURCE_ATTRIBUTES: telemetryEnv.OTEL_RESOURCE_ATTRIBUTES,
} as const;
