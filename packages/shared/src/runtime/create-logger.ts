import { type Logger, pino } from "pino";

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

/** A service's logger: one JSON object a line on standard output, with a `service` field. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]),
      censor: "[redacted]",
    },
  });
}
