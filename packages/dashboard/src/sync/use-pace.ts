import { handledOf, type Sync } from "@millrace/client";
import { useRef } from "react";

const spanMs = 12_000;
const spanMsMin = 1_500;

interface Sample {
  readonly atMs: number;
  readonly handled: number;
}

/** Messages that were dealt with a second, over the last twelve; null while too little was seen of it. */
export function usePace({ id, status, progress }: Sync, nowMs: number): number | null {
  const seen = useRef<{ id: string; samples: Sample[] }>({ id, samples: [] });
  if (seen.current.id !== id) seen.current = { id, samples: [] };
  const { samples } = seen.current;
  if (status !== "running") {
    samples.length = 0;
    return null;
  }
  const last = samples.at(-1);
  if (last === undefined || nowMs > last.atMs) samples.push({ atMs: nowMs, handled: handledOf(progress) });
  // One from before the span stays: the pace is that from there.
  while (samples.length > 2 && (samples[1]?.atMs ?? 0) < nowMs - spanMs) samples.shift();
  const [first] = samples;
  if (first === undefined || nowMs - first.atMs < spanMsMin) return null;
  return Math.max(0, ((handledOf(progress) - first.handled) * 1_000) / (nowMs - first.atMs));
}
