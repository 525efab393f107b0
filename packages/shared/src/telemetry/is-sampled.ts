import { type Span, TraceFlags } from "@opentelemetry/api";

/** Whether a span is sent whatever comes of it. */
export const isSampled = (span: Pick<Span, "spanContext">): boolean =>
  (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
