/** From the beginning of a fault until it was taken back. */
export interface FaultSpan {
  readonly kind: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface PauseOfKind {
  readonly count: number;
  readonly medianSeconds: number;
  readonly longestSeconds: number;
}

/** How long the log took nothing. */
export interface Pauses {
  /** Of the whole time of faults. */
  readonly longestSeconds: number;
  /**
   * The longest pause that touches each fault, by kind. Faults overlap, so a pause may be another one's: `--only` tells
   * them apart.
   */
  readonly byFault: Readonly<Record<string, PauseOfKind>>;
}

/** What a fault does to the log may show a moment after it was taken back: a leader that returns gives way again. */
const aftermathMs = 2_000;

/**
 * The times between facts that follow each other, seen from the faults. Pure.
 *
 * @param timesMs when the log took its facts, in order
 * @param span of the load and the faults
 */
export function measurePauses(
  timesMs: readonly number[],
  span: Omit<FaultSpan, "kind">,
  faults: readonly FaultSpan[],
): Pauses {
  const edges = [span.fromMs, ...timesMs.filter((ms) => ms > span.fromMs && ms < span.toMs), span.toMs];
  const longestIn = (fromMs: number, toMs: number): number =>
    edges.reduce((longest, end, at) => {
      const begin = edges[at - 1] ?? end;
      return begin <= toMs && end >= fromMs ? Math.max(longest, end - begin) : longest;
    }, 0);
  const kinds = Map.groupBy(faults, ({ kind }) => kind);
  const byFault = [...kinds].sort().map(([kind, spans]) => {
    const pauses = spans
      .map(({ fromMs, toMs }) => longestIn(fromMs, toMs + aftermathMs))
      .sort((a, b) => a - b);
    const median = pauses[Math.floor((pauses.length - 1) / 2)] ?? 0;
    return [
      kind,
      { count: pauses.length, medianSeconds: seconds(median), longestSeconds: seconds(pauses.at(-1) ?? 0) },
    ] as const;
  });
  return {
    longestSeconds: seconds(longestIn(span.fromMs, span.toMs)),
    byFault: Object.fromEntries(byFault),
  };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
