import { z } from "zod";

/** Whether somebody wants to know: who does not measure need not look. */
export const isMeasured = (config: {
  readonly OPS_PORT?: number | undefined;
  readonly OTEL_METRICS_EXPORTER: "otlp" | "none";
}): boolean => config.OPS_PORT !== undefined || config.OTEL_METRICS_EXPORTER !== "none";

const seconds = (text: string) => `${text}, in milliseconds`;

/** OpenTelemetry's own variables, as far as metrics need them; the exporter reads the rest of them by itself. */
export const metricsEnv = {
  /** Metrics are also sent to a collector. */
  OTEL_METRICS_EXPORTER: z.enum(["otlp", "none"]).default("none"),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url("must be the address of a collector: http://127.0.0.1:4318").optional(),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: z
    .url("must be the whole address: http://127.0.0.1:4318/v1/metrics")
    .optional(),
  OTEL_METRIC_EXPORT_INTERVAL: z.coerce
    .number(seconds("must be a whole number"))
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(60_000),
  /** What the service is called; the service's own name when absent. */
  OTEL_SERVICE_NAME: z.string().optional(),
} as const;
