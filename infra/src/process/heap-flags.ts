/**
 * What V8 may use in each service: without a limit it sizes a heap by the machine's memory and lets garbage lie for as long
 * as there is room. A young generation of small spaces is collected more often, which costs nothing that could be measured.
 * The fetcher may hold the text of the largest message twice, so its limit is one that only a defect reaches.
 */
const heapMebibytes = {
  "sync-api": { old: 128, semiSpace: 2 },
  chunker: { old: 128, semiSpace: 2 },
  janitor: { old: 128, semiSpace: 2 },
  fetcher: { old: 512, semiSpace: 4 },
} as const;

export type LimitedService = keyof typeof heapMebibytes;

/** Node's options for a service. */
export function heapFlags(service: LimitedService): readonly string[] {
  const { old, semiSpace } = heapMebibytes[service];
  return [`--max-old-space-size=${old}`, `--max-semi-space-size=${semiSpace}`];
}
