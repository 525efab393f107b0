import {
  handledOf,
  hasEnded,
  isOver,
  missingMessagesOf,
  missingWords,
  type Sync,
  type TimeLeft,
  timeLeft,
} from "@millrace/client";
import { printable } from "../terminal/printable.ts";
import { describeAttempt } from "./describe-attempt.ts";
import { describePause, type Hindrance } from "./describe-pause.ts";

/** What a person sees of a running sync. Derived from the stream; never runs backwards. */
export interface ProgressView {
  readonly status: string;
  readonly lane: string | null;
  /** Messages that need no more work: stored, unchanged, gone or set aside; also of chunks that are still open. */
  readonly handled: number;
  readonly deadLettered: number;
  /** Of those set aside: how many are being tried again. */
  readonly redriving: number;
  /** How many there are; null until anybody knows. An estimate until the listing is complete. */
  readonly total: number | null;
  readonly totalIsEstimate: boolean;
  readonly ended: boolean;
  /** Why it failed, in the API's words. */
  readonly failure: string | null;
  /** What keeps it from getting on, and what will resume it or is missing until then: in few words. */
  readonly hindrance: Hindrance | null;
  /** What the API said last, and when: it knows the provider's quota, and when something has moved. */
  readonly told: Told | null;
  /** A change would be heard of. */
  readonly isLive: boolean;
  /** The last measurements, oldest first: what the rate comes from. */
  readonly samples: readonly Sample[];
}

interface Told {
  readonly atMs: number;
  readonly sync: Pick<Sync, "status" | "progress">;
}

interface Sample {
  readonly atMs: number;
  readonly handled: number;
}

const windowMs = 10_000;
const samplesMax = 64;

/** The view before the first message of the stream. */
export const unknownProgress: ProgressView = {
  status: "connecting",
  lane: null,
  handled: 0,
  deadLettered: 0,
  redriving: 0,
  total: null,
  totalIsEstimate: true,
  ended: false,
  failure: null,
  hindrance: null,
  told: null,
  isLive: true,
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
  const handled = Math.max(view.handled, handledOf(progress));
  const known = progress.listingComplete
    ? progress.listed
    : Math.max(progress.estimatedTotal ?? 0, progress.listed);
  const total = known > 0 || progress.listingComplete ? Math.max(known, handled) : view.total;
  const oldest = nowMs - windowMs;
  const samples = [...view.samples.filter(({ atMs }) => atMs >= oldest), { atMs: nowMs, handled }];
  return {
    status: sync.status,
    lane: sync.lane ?? view.lane,
    handled,
    // Until its end they only become more, and then only fewer: those that are tried again.
    deadLettered: hasEnded(sync) ? progress.deadLettered : Math.max(view.deadLettered, progress.deadLettered),
    redriving: progress.redriving ?? 0,
    total,
    totalIsEstimate: !progress.listingComplete,
    ended: isOver(sync),
    failure: sync.failure ? `${sync.failure.category}: ${sync.failure.message}` : null,
    hindrance: hindranceOf(sync),
    told: { atMs: nowMs, sync },
    isLive: true,
    samples: samples.slice(-samplesMax),
  };
}

const wordsMax = 120;

function hindranceOf(sync: Sync): Hindrance | null {
  const { trouble } = sync;
  if (!trouble) return describePause(sync);
  const reason = printable(`${trouble.category}: ${trouble.message}`, wordsMax);
  const missing = missingMessagesOf(sync);
  return (
    describePause(sync) ?? {
      reason,
      attempt: describeAttempt(trouble),
      more: missing && missingWords(missing),
    }
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
  return spanMs < 500 ? null : ((last.handled - first.handled) * 1_000) / spanMs;
}

/**
 * What can be said of the seconds until all is settled: what the API has told, as everywhere. It knows pauses, attempts that fail and
 * the provider's quota; a rate of ten seconds, which one chunk may make, does not.
 */
export function leftOf({ told, isLive }: ProgressView, nowMs: number): TimeLeft {
  return told === null ? { kind: "unknown" } : timeLeft(told.sync, { toldAtMs: told.atMs, nowMs, isLive });
}
