import type { Span } from "@opentelemetry/api";

/** @param make makes the span of what is over; to be called when its trace is kept */
export type HoldLeaf = (parent: Span, make: () => void) => void;

let hold: HoldLeaf = () => {};

/** Who holds what was done in traces that are not sampled. Nobody, until tracing is started. */
export function holdLeavesWith(holder: HoldLeaf): void {
  hold = holder;
}

/** @param parent the span that the leaf is a part of */
export const holdLeaf: HoldLeaf = (parent, make) => hold(parent, make);
