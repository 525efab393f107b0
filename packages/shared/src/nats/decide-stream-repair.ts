import type { Difference } from "./ensure-topology.ts";

export interface StreamRepair {
  /** Fields to set, with what they should be. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Fields that are left as they are, and why. */
  readonly left: readonly { readonly field: string; readonly why: string }[];
}

/** What a stream holds. */
interface Found {
  readonly state: { readonly bytes: number; readonly messages: number; readonly first_ts: Date | string };
}

/**
 * Which differences of a stream may be put right while it is in use. Nothing that it holds may go by it, and nothing is
 * moved between servers: that is a person's to decide.
 */
export function decideStreamRepair(
  differences: readonly Difference[],
  found: Found,
  nowMs: number,
): StreamRepair {
  const set: Record<string, unknown> = {};
  const left: { field: string; why: string }[] = [];
  for (const [field, wanted] of differences) {
    const why = whyNot(field, wanted, found, nowMs);
    if (why === null) set[field] = wanted;
    else left.push({ field, why });
  }
  return { set, left };
}

const fixed: ReadonlySet<string> = new Set(["storage", "retention", "name"]);

function whyNot(field: string, wanted: unknown, { state }: Found, nowMs: number): string | null {
  if (fixed.has(field)) return "the broker does not change it: an operator makes the stream anew";
  if (field === "num_replicas")
    return "copies are moved between servers: start the janitor anew with the number that is meant";
  if (field === "max_bytes" && typeof wanted === "number" && wanted < state.bytes)
    return "the stream holds more than that: raise the limit that is wanted (NATS_LOG_MIB for EVENTS), or wait until it holds less";
  if (field === "max_age" && typeof wanted === "number" && wanted > 0) {
    const oldestMs = state.messages === 0 ? nowMs : Date.parse(state.first_ts.toString());
    if (nowMs - oldestMs > wanted / 1e6)
      return "it would remove messages that are older: start the janitor anew if that is meant";
  }
  return null;
}
