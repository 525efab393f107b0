import { type Context, context, type Span, trace } from "@opentelemetry/api";
import { holdLeaf } from "./held-leaves.ts";
import { isSampled } from "./is-sampled.ts";
import { beginSpan, markFailed, type SpanOptions, withSpan } from "./with-span.ts";
import { currentLabels } from "./work-labels.ts";

/**
 * Does work as a span that nothing else is a part of, when it is a part of something that is traced. There are many of these,
 * and most traces are not sampled, so there the span is made afterwards, and only if the trace has failed.
 */
export async function withLeafSpan<T>(
  name: string,
  options: SpanOptions,
  work: () => Promise<T>,
): Promise<T> {
  const parent = trace.getActiveSpan();
  if (!parent?.isRecording()) return work();
  if (isSampled(parent)) return withSpan(name, options, work);
  const leaf = new LateSpan(name, options, context.active());
  try {
    const result = await work();
    leaf.end();
    holdLeaf(parent, () => leaf.make());
    return result;
  } catch (error) {
    leaf.end();
    leaf.make(error);
    throw error;
  }
}

/** A span that is made when it is over, if at all. */
class LateSpan {
  readonly #name: string;
  readonly #options: SpanOptions;
  #endedAtMs = Number.NaN;

  constructor(name: string, options: SpanOptions, parent: Context) {
    const attributes = { ...currentLabels(), ...options.attributes };
    this.#name = name;
    this.#options = { ...options, attributes, parent, startedAtMs: nowMs() };
  }

  end(): void {
    this.#endedAtMs = nowMs();
  }

  make(error?: unknown): void {
    const span: Span = beginSpan(this.#name, this.#options);
    if (error !== undefined) markFailed(span, error);
    span.end(this.#endedAtMs);
  }
}

/** Milliseconds since the epoch, with their fractions. */
const nowMs = (): number => performance.timeOrigin + performance.now();
