import { just } from "../telemetry/metrics/gauge.ts";
import { partReady, serviceReady } from "../telemetry/metrics/service-metrics.ts";
import type { Readiness } from "./readiness.ts";

/** Whether the service is ready becomes a metric, asked at each collection as a probe would. */
export function measureService(readiness: Readiness): void {
  serviceReady.observe(async () => just((await readiness.check()).isReady ? 1 : 0));
  partReady.observe(async () => {
    const { parts } = await readiness.check();
    return Object.entries(parts).map(([part, state]) => ({
      value: state === "ok" ? 1 : 0,
      attributes: { "millrace.part": part },
    }));
  });
}
