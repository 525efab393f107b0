import {
  type Span as AnySpan,
  type Context,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import { isSampled } from "./is-sampled.ts";

/** Makes a span that was left out, which then ends here like any other. */
type MakeSpan = () => void;

/** What this process has done of one trace that is not sampled, from the span that came from outside on. */
interface Held {
  readonly spans: (ReadableSpan | MakeSpan)[];
  hasFailed: boolean;
  /** Its outermost span has ended: what comes later is held no more. */
  isOver: boolean;
}

export interface KeeperLimits {
  /** Ended spans that are held of one trace; those beyond are lost, should it fail. */
  readonly spansPerTraceMax: number;
  /** Of all traces together; those that were held first make room. */
  readonly spansMax: number;
}

const usualLimits: KeeperLimits = { spansPerTraceMax: 256, spansMax: 4_096 };

/**
 * Keeps what fails. Traces that are sampled go on to the next processor as they come. Of the others this process's spans are
 * held until the outermost of them ends: if one has failed they go on as well, else they are forgotten. What other processes
 * have done in the same trace they keep or forget by themselves.
 *
 * A span finds what is held of its trace through its parent, so nothing remains of work that never ends but the work itself.
 */
export class FailureKeeper implements SpanProcessor {
  readonly #next: SpanProcessor;
  readonly #limits: KeeperLimits;
  readonly #heldOf = new WeakMap<object, Held>();
  readonly #outermost = new WeakSet<object>();
  /** Those that hold something, the longest since first. */
  readonly #holding = new Set<Held>();
  #held = 0;
  #lost = 0;

  constructor(next: SpanProcessor, limits: KeeperLimits = usualLimits) {
    this.#next = next;
    this.#limits = limits;
  }

  /** Spans that were not held for lack of room, since the process started. Most were of traces that did not fail. */
  get lost(): number {
    return this.#lost;
  }

  onStart(span: Span, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
    if (isSampled(span)) return;
    const parent = trace.getSpan(parentContext);
    const held = parent === undefined ? undefined : this.#heldOf.get(parent);
    if (held === undefined) this.#outermost.add(span);
    this.#heldOf.set(span, held ?? { spans: [], hasFailed: false, isOver: false });
  }

  onEnd(span: ReadableSpan): void {
    if (isSampled(span)) this.#next.onEnd(span);
    else this.#keep(span, this.#heldOf.get(span));
  }

  /** Holds what can be made a span, should the trace fail. @param parent the span that it is a part of */
  holdLeaf(parent: AnySpan, make: MakeSpan): void {
    const held = this.#heldOf.get(parent);
    if (held === undefined || held.isOver) return;
    if (held.hasFailed) make();
    else this.#hold(held, make);
  }

  #keep(span: ReadableSpan, held: Held | undefined): void {
    if (held === undefined) return;
    if (span.status.code === SpanStatusCode.ERROR) held.hasFailed = true;
    if (this.#outermost.has(span)) held.isOver = true;
    if (held.hasFailed) {
      for (const earlier of this.#release(held)) {
        if (typeof earlier === "function") earlier();
        else this.#next.onEnd(keptOf(earlier));
      }
      this.#next.onEnd(keptOf(span));
    } else if (held.isOver) this.#release(held);
    else this.#hold(held, span);
  }

  #hold(held: Held, span: ReadableSpan | MakeSpan): void {
    if (held.spans.length >= this.#limits.spansPerTraceMax) {
      this.#lost++;
      return;
    }
    if (this.#held >= this.#limits.spansMax) this.#loseOldest();
    this.#holding.add(held);
    held.spans.push(span);
    this.#held++;
  }

  /** What has been held for the longest may belong to work that never ends; it must not keep out all others. */
  #loseOldest(): void {
    const [oldest] = this.#holding;
    if (oldest !== undefined) this.#lost += this.#release(oldest).length;
  }

  #release(held: Held): Held["spans"] {
    this.#holding.delete(held);
    this.#held -= held.spans.length;
    return held.spans.splice(0);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}

/** The same span, marked as sampled: exporters leave others out. */
function keptOf(span: ReadableSpan): ReadableSpan {
  const spanContext: SpanContext = { ...span.spanContext(), traceFlags: TraceFlags.SAMPLED };
  return Object.create(span, { spanContext: { value: () => spanContext } }) as ReadableSpan;
}
