import { just } from "../telemetry/metrics/gauge.ts";
import { partReady, serviceReady } from "../telemetry/metrics/service-metrics.ts";
import type { Readiness, ReadinessReport } from "./readiness.ts";

const lookMs = 5_000;

/**
 * Whether the service is ready becomes a metric. It is asked every five seconds and not by those who collect: a part that
 * does not answer would make them wait, and give up on all that the service has to tell.
 *
 * @param everyMs how often it is asked
 * @returns ends it
 */
export function measureService(readiness: Readiness, everyMs = lookMs): () => void {
  let last: ReadinessReport | null = null;
  const look = (): void => {
    void readiness.check().then((report) => {
      last = report;
    });
  };
  look();
  const timer = setInterval(look, everyMs);
  timer.unref();
  const ends = [
    serviceReady.observe(() => (last === null ? [] : just(last.isReady && !readiness.isStopping ? 1 : 0))),
    partReady.observe(() =>
      Object.entries(last?.parts ?? {}).map(([part, state]) => ({
        value: state === "ok" ? 1 : 0,
        attributes: { "millrace.part": part },
      })),
    ),
  ];
  return () => {
    clearInterval(timer);
    for (const end of ends) end();
  };
}
