import type { Shutdown } from "../runtime/shutdown.ts";
import type { TracedService } from "./register-tracing.ts";
import type { TelemetryConfig } from "./telemetry-env.ts";

/**
 * Starts tracing where it is configured. The SDK is loaded only then: who does not trace does not pay for it, in memory nor
 * in the time that a start takes. Called before connections are made, so that their statements are traced, and spans are sent
 * after everything else has ended.
 */
export async function startTracing(
  service: TracedService & { readonly shutdown: Pick<Shutdown, "onShutdown"> },
): Promise<void> {
  if (!isTraced(service.config)) return;
  const { registerTracing } = await import("./register-tracing.ts");
  const tracing = registerTracing(service);
  service.shutdown.onShutdown("traces", () => tracing.stop());
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = service.config;
  service.log.info({ event: "tracing.started", sampler, ratio }, "traces are sent");
}

function isTraced(config: TelemetryConfig): boolean {
  if (config.OTEL_SDK_DISABLED) return false;
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = config;
  const exporter = config.OTEL_TRACES_EXPORTER ?? ((all ?? own) ? "otlp" : "none");
  return exporter === "otlp";
}
