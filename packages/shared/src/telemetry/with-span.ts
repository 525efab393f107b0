import {
  type Attributes,
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { currentLabels } from "./work-labels.ts";

export interface SpanOptions {
  readonly kind?: "internal" | "server" | "client" | "producer" | "consumer";
  readonly attributes?: Attributes;
  /** What it follows from without being a part of it. */
  readonly links?: readonly SpanContext[];
  /** What it is a part of; the span that is active when absent. */
  readonly parent?: Context;
  /** When it began, if that is not now; milliseconds since the epoch. */
  readonly startedAtMs?: number;
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/**
 * Does work as a span, which ends with it, and has failed when it throws. The labels of the work are attributes of the span.
 *
 * @param name without any id: spans of the same kind are compared by it
 */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = beginSpan(name, options);
  try {
    return await context.with(trace.setSpan(options.parent ?? context.active(), span), work, undefined, span);
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** For what begins by itself, when its time has come. */
export const withRootSpan = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  withSpan(name, { parent: ROOT_CONTEXT }, work);

/** For work that does not end with a function. Whoever begins a span ends it. Costs next to nothing until tracing is started. */
export function beginSpan(
  name: string,
  { kind, attributes, links = [], parent, startedAtMs }: SpanOptions,
): Span {
  const options = {
    ...(startedAtMs === undefined ? {} : { startTime: startedAtMs }),
    kind: kinds[kind ?? "internal"],
    attributes: { ...currentLabels(), ...attributes },
    links: links.map((linked): Link => ({ context: linked })),
  };
  return trace.getTracer("millrace").startSpan(name, options, parent ?? context.active());
}

/**
 * What failed is told by its class or code. The words of an error may hold what was sent or stored, so they stay out of traces;
 * the log line of the failure, which bears the trace's id, has them.
 */
export function markFailed(span: Span, error: unknown): void {
  if (error instanceof Error && error.name === "AbortError") return; // told to stop: nothing is wrong
  failAs(span, typeOf(error));
}

/** @param type a word of ours or of a protocol's */
export function failAs(span: Span, type: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute("error.type", type);
}

const codeForm = /^[\w.-]{1,64}$/;

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { code } = error as { readonly code?: unknown };
  const name = typeof code === "string" ? code : error.name;
  return codeForm.test(name) ? name : "unknown";
}
