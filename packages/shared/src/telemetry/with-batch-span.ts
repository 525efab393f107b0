import { ROOT_CONTEXT, type SpanContext, TraceFlags } from "@opentelemetry/api";
import { withSpan } from "./with-span.ts";
import { shareLabels, type WorkLabels } from "./work-labels.ts";

/** What one message of a batch follows from, and is about. */
export interface TracedCause {
  readonly cause: SpanContext;
  readonly labels: WorkLabels;
}

/** A span holds no more. */
const linksMax = 128;

/**
 * Processes messages of many traces together, as a span with a link to each of them. It is sampled when one of them is. A
 * batch that is about one sync alone bears its labels.
 *
 * @param count of messages, also of those that nobody traces
 */
export function withBatchSpan<T>(
  name: string,
  count: number,
  causes: readonly TracedCause[],
  work: () => Promise<T>,
): Promise<T> {
  // The sampler looks at the first.
  const links = causes.toSorted((a, b) => sampledOf(b) - sampledOf(a)).slice(0, linksMax);
  const attributes = {
    "messaging.system": "nats",
    "messaging.operation.type": "process",
    "messaging.operation.name": "process",
    "messaging.batch.message_count": count,
  };
  const span = {
    kind: "consumer",
    parent: ROOT_CONTEXT,
    attributes,
    links: links.map(({ cause }) => cause),
  } as const;
  return shareLabels(sharedLabels(count, causes), () => withSpan(name, span, work));
}

const sampledOf = ({ cause }: TracedCause): number => cause.traceFlags & TraceFlags.SAMPLED;

function sharedLabels(count: number, causes: readonly TracedCause[]): WorkLabels {
  const [first] = causes;
  if (first === undefined || causes.length < count) return {};
  const { "chunk.index": _chunk, ...labels } = first.labels;
  if (labels["sync.id"] === undefined) return {};
  return causes.every((one) => one.labels["sync.id"] === labels["sync.id"]) ? { ...labels } : {};
}
