import { context, propagation, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";

/** Headers that tell whoever reads a message what it follows from: none while tracing is off. */
export function contextHeaders(): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/**
 * What a message or a request says that it follows from. Anybody may have written it: what is no trace context counts as none.
 *
 * @param header reads one header; "" when absent
 */
export function readContext(header: (name: string) => string): SpanContext | undefined {
  const get = (_carrier: unknown, name: string): string | undefined => header(name) || undefined;
  return trace.getSpanContext(propagation.extract(ROOT_CONTEXT, null, { get, keys: () => [] }));
}
