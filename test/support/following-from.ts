import type { ReceivedSpan } from "./read-spans.ts";

/** All that follows from a span: its children, and what links to it, and what follows from those. */
export function followingFrom(
  spans: readonly ReceivedSpan[],
  first: ReceivedSpan,
): ReadonlySet<ReceivedSpan> {
  const next = new Map<string, ReceivedSpan[]>();
  for (const span of spans)
    for (const id of [span.parentSpanId, ...span.links.map(({ spanId }) => spanId)])
      if (id !== "") next.set(id, [...(next.get(id) ?? []), span]);
  const found = new Set([first]);
  for (const span of found) for (const follower of next.get(span.spanId) ?? []) found.add(follower);
  return found;
}
