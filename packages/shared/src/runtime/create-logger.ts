import { trace } from "@opentelemetry/api";
import { type Logger, pino } from "pino";
import { currentLabels } from "../telemetry/work-labels.ts";

export type { Logger };

/** Never written out, wherever they stand in a logged object (rule I12). */
const secretKeys = [
  "authorization",
  "refreshToken",
  "refresh_token",
  "accessToken",
  "access_token",
  "clientSecret",
  "client_secret",
  "credentials",
  "apiKey",
  "secret",
  "password",
  "pass",
  "seed",
  "NATS_PASSWORD",
];

/**
 * A service's logger: one JSON object a line on standard output, with a `service` field, and with what is worked on: tenant,
 * account, sync and chunk, and the trace where there is one.
 */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    messageKey: "message",
    mixin: whereabouts,
    // What a line says by itself counts.
    mixinMergeStrategy: (line, mixed) => ({ ...mixed, ...line }),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]),
      censor: "[redacted]",
    },
  });
}

function whereabouts(): object {
  const span = trace.getActiveSpan()?.spanContext();
  const labels = currentLabels();
  return span === undefined ? labels : { trace_id: span.traceId, span_id: span.spanId, ...labels };
}
