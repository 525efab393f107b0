import { hasEnded, type Sync } from "@millrace/client";
import { printable } from "../terminal/printable.ts";
import { describePause } from "./describe-pause.ts";

/** What a person sees of a running sync. Derived from the stream; never runs backwards. */
export interface ProgressView {
  readonly status: string;
  readonly lane: string | null;
  /** Messages that need no more work: stored, unchanged, gone or set aside. */
  readonly settled: number;
  readonly deadLettered: number;
  /** How many there are; null until anybody knows. An estimate until the listing is complete. */
  readonly total: number | null;
  readonly totalIsEstimate: boolean;
  readonly ended: boolean;
  /** Why it failed, in the API's words. */
  readonly failure: string | null;
  /** What keeps it from getting on, and what will resume it: in few words. */
  readonly hindrance: string | null;
  /** What the API said of the time that is left, and when: it knows the provider's quota. */
  readonly told: { readonly atMs: number; readonly secondsLeft: number } | null;
  /** The last measurements, oldest first: what rate and remaining time come from. */
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly atMs: number;
  readonly settled: number;
}

const windowMs = 10_000;
const samplesMax = 64;

/** The view before the first message of the stream. */
export const unknownProgress: ProgressView = {
  status: "connecting",
  lane: null,
  settled: 0,
  deadLettered: 0,
  total: null,
  totalIsEstimate: true,
  ended: false,
  failure: null,
  hindrance: null,
  told: null,
  samples: [],
};

/**
 * The view after one message of the stream. A stale message (a snapshot after a reconnect can be behind what was
 * shown) moves nothing back, and nothing follows an end.
 *
 * @param nowMs when the message came, in milliseconds of any steady clock.
 */
export function advanceProgress(view: ProgressView, sync: Sync, nowMs: number): ProgressView {
  if (view.ended) return view;
  const { progress } = sync;
  const settled = Math.max(view.settled, progress.settled);
  const known = progress.listingComplete
    ? progress.listed
    : Math.max(progress.estimatedTotal ?? 0, progress.listed);
  const total = known > 0 || progress.listingComplete ? Math.max(known, settled) : view.total;
  const oldest = nowMs - windowMs;
  const samples = [...view.samples.filter(({ atMs }) => atMs >= oldest), { atMs: nowMs, settled }];
  return {
    status: sync.status,
    lane: sync.lane ?? view.lane,
    settled,
    deadLettered: Math.max(view.deadLettered, progress.deadLettered),
    total,
    totalIsEstimate: !progress.listingComplete,
    ended: hasEnded(sync),
    failure: sync.failure ? `${sync.failure.category}: ${sync.failure.message}` : null,
    hindrance: hindranceOf(sync),
    told: progress.secondsLeft === null ? view.told : { atMs: nowMs, secondsLeft: progress.secondsLeft },
    samples: samples.slice(-samplesMax),
  };
}

const wordsMax = 120;

function hindranceOf(sync: Sync): string | null {
  const { trouble } = sync;
  return (
    describePause(sync) ?? (trouble ? printable(`${trouble.category}: ${trouble.message}`, wordsMax) : null)
  );
}

/**
 * Messages a second over the last ten seconds up to `nowMs`, so that it falls while nothing comes; null while
 * less than half a second has been seen.
 */
export function ratePerSecond(view: ProgressView, nowMs: number): number | null {
  const first = view.samples.find(({ atMs }) => atMs >= nowMs - windowMs);
  const last = view.samples.at(-1);
  if (!last) return null;
  if (!first) return 0;
  const spanMs = nowMs - first.atMs;
  return spanMs < 500 ? null : ((last.settled - first.settled) * 1_000) / spanMs;
}

/** Seconds until all is settled: at the current rate, or as the API has told, whichever is longer; null while neither is known. */
export function secondsLeft(view: ProgressView, nowMs: number): number | null {
  const told =
    view.told === null ? null : Math.max(0, view.told.secondsLeft - (nowMs - view.told.atMs) / 1_000);
  const rate = ratePerSecond(view, nowMs);
  if (view.total === null || rate === null || rate <= 0) return told;
  return Math.max(told ?? 0, (view.total - view.settled) / rate);
}
