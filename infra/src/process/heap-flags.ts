/**
 * What V8 may use for old objects in each service: without a limit it sizes a heap by the machine's memory and lets garbage
 * lie for as long as there is room. The fetcher may hold the text of the largest message several times, so its limit is
 * one that only a defect reaches.
 */
const oldMebibytes = { "sync-api": 128, chunker: 128, janitor: 128, fetcher: 512 } as const;
/** Of 16 by default. Smaller ones are collected more often: with 2 the API took a fifth more of the processor. */
const semiSpaceMebibytes = 4;

export type LimitedService = keyof typeof oldMebibytes;

/** Node's options for a service. */
export function heapFlags(service: LimitedService): readonly string[] {
  return [`--max-old-space-size=${oldMebibytes[service]}`, `--max-semi-space-size=${semiSpaceMebibytes}`];
}
