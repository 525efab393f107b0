import { context, DiagLogLevel, diag, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Logger } from "../runtime/create-logger.ts";
import { createSampler } from "./create-sampler.ts";
import { FailureKeeper } from "./failure-keeper.ts";
import { givenIds } from "./given-ids.ts";
import { holdLeavesWith } from "./held-leaves.ts";
import { quietDiagnostics } from "./quiet-diagnostics.ts";
import { serviceInstanceId } from "./service-instance-id.ts";
import type { TelemetryConfig } from "./telemetry-env.ts";

export interface TracedService {
  readonly name: string;
  readonly config: TelemetryConfig;
  readonly log: Logger;
}

const endpointDefault = "http://127.0.0.1:4318";
const batchMax = 512;
/** A span has few attributes and no long ones; whatever gets past that is cut. */
const spanLimits = { attributeValueLengthLimit: 256, attributeCountLimit: 64, linkCountLimit: 128 };
/** What a stop waits for a receiver that may be away. */
const flushMsMax = 1_000;

/** Has spans recorded and sent from here on. Nobody ever waits for the receiver: what it does not take in time is dropped. */
export function registerTracing({ name, config, log }: TracedService): {
  stop(): Promise<void>;
} {
  diag.setLogger(quietDiagnostics(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const queue = new BatchSpanProcessor({
    exporter: createExporter(config),
    maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: Math.min(batchMax, config.OTEL_BSP_MAX_QUEUE_SIZE),
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    exportTimeoutMillis: config.OTEL_EXPORTER_OTLP_TIMEOUT,
  });
  const keeper = new FailureKeeper(queue);
  holdLeavesWith((parent, make) => keeper.holdLeaf(parent, make));
  const provider = new TracerProvider({
    sampler: createSampler(config.OTEL_TRACES_SAMPLER, config.OTEL_TRACES_SAMPLER_ARG),
    spanProcessors: [keeper],
    idGenerator: createIdGenerator(),
    resource: resourceFromAttributes({
      "service.namespace": "millrace",
      "service.name": config.OTEL_SERVICE_NAME ?? name,
      "service.instance.id": serviceInstanceId,
      ...config.OTEL_RESOURCE_ATTRIBUTES,
    }),
    spanLimits,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      const stopped = provider.shutdown().catch((error: unknown) => {
        log.warn({ event: "telemetry.trouble", err: error }, "the last spans were not sent");
      });
      await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, flushMsMax).unref())]);
      if (keeper.lost > 0) log.info({ event: "tracing.lost", spans: keeper.lost }, "spans were not held");
    },
  };
}

function createExporter(config: TelemetryConfig): OTLPTraceExporter {
  const base = (config.OTEL_EXPORTER_OTLP_ENDPOINT ?? endpointDefault).replace(/\/$/, "");
  return new OTLPTraceExporter({
    url: config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? `${base}/v1/traces`,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
    // No limit of its own on how many are under way: but for the end, when all that wait go at once, it is one at a time.
    timeoutMillis: config.OTEL_EXPORTER_OTLP_TIMEOUT,
  });
}

/** Random ids, unless a span is begun under ids that follow from something. */
function createIdGenerator() {
  const random = new RandomIdGenerator();
  return {
    generateTraceId: () => givenIds()?.traceId ?? random.generateTraceId(),
    generateSpanId: () => givenIds()?.spanId ?? random.generateSpanId(),
  };
}
