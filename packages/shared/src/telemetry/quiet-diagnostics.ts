import type { DiagLogger } from "@opentelemetry/api";
import type { Logger } from "../runtime/create-logger.ts";

/** A receiver that is away is told of once in so long, whatever the number of failed exports. */
const quietMs = 60_000;
const charsMax = 500;

/** Where the SDK tells that spans or metrics were dropped or could not be sent: in the service's log, and not each time. */
export function quietDiagnostics(log: Logger, nowMs: () => number = Date.now): DiagLogger {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let untold = 0;
  const tell = (message: string): void => {
    if (nowMs() - toldAtMs < quietMs) {
      untold++;
      return;
    }
    log.warn(
      { event: "telemetry.trouble", untold, detail: message.slice(0, charsMax) },
      "traces or metrics are not whole",
    );
    toldAtMs = nowMs();
    untold = 0;
  };
  return { error: tell, warn: tell, info: () => {}, debug: () => {}, verbose: () => {} };
}
