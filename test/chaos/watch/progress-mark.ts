/** What a watcher is shown of a sync, as far as it may only grow. */
export interface ShownSync {
  readonly id: string;
  readonly status: string;
  /** `<epoch>-<seq>` */
  readonly version: string;
  readonly progress: {
    readonly listed: number;
    readonly settled: number;
    readonly handled: number;
    readonly chunksListed: number;
    readonly chunksSettled: number;
    readonly listingComplete: boolean;
  };
}

export const terminalStatuses: ReadonlySet<string> = new Set([
  "completed",
  "partial",
  "failed",
  "cancelled",
  "coalesced",
]);

const growing = ["listed", "settled", "handled", "chunksListed", "chunksSettled"] as const;

/**
 * What went backwards between two sights of one sync by the same watcher, in words; empty when nothing did (rule I8).
 *
 * @param before null: the watcher sees it for the first time
 * @param mayReopen the sync was retried or its dead letters redriven: it may run again after its end
 */
export function regressionsOf(before: ShownSync | null, now: ShownSync, mayReopen: boolean): string[] {
  if (before === null) return [];
  const found: string[] = [];
  const say = (what: string, from: unknown, to: unknown) => found.push(`${now.id}: ${what} ${from} → ${to}`);
  if (compareVersions(now.version, before.version) < 0) say("version", before.version, now.version);
  for (const field of growing) {
    if (now.progress[field] < before.progress[field]) say(field, before.progress[field], now.progress[field]);
  }
  if (before.progress.listingComplete && !now.progress.listingComplete) say("listingComplete", true, false);
  if (terminalStatuses.has(before.status) && !terminalStatuses.has(now.status) && !mayReopen) {
    say("status", before.status, now.status);
  }
  return found;
}

/** By epoch, then by sequence. */
export function compareVersions(a: string, b: string): number {
  const [[epochA, seqA], [epochB, seqB]] = [readVersion(a), readVersion(b)];
  return epochA - epochB || seqA - seqB;
}

function readVersion(text: string): [number, number] {
  const [epoch = Number.NaN, seq = Number.NaN] = text.split("-").map(Number);
  return [epoch, seq];
}
