/** How large something was. Milliseconds since the epoch, bytes. */
export interface SizeSample {
  readonly atMs: number;
  readonly bytes: number;
}

export interface StoreLimits {
  /** Null: nobody has said so. */
  readonly bytesMax: number | null;
  /** From then on as much leaves as comes; null: nothing leaves by itself. */
  readonly levelsOffAtMs: number | null;
}

export interface StoreForecast {
  /** By how much it grows a day, as a rule; null: it has not been looked at for long enough. */
  readonly bytesPerDay: number | null;
  /** When it is full if it goes on like this; null: not in sight, or not known. */
  readonly fullAtMs: number | null;
}

const dayMs = 86_400_000;
/** A rule needs days and nights. */
const spanMsMin = 2 * dayMs;
const samplesMin = 24;
/** What was before says nothing of now. */
export const forecastDays = 28;
/** Pairs grow with the square of these. */
const pointsMax = 100;
/** Beyond that it is not in sight. */
const sightMs = 3_650 * dayMs;

/**
 * When something is full. The line through its sizes is that of Theil and Sen, the median of the slopes of all pairs: a
 * first copy of many mailboxes, or a large clean-up, is a step and no rule, and moves a line of least squares for weeks.
 *
 * @param samples in the order of time
 */
export function forecastStore(
  samples: readonly SizeSample[],
  { bytesMax, levelsOffAtMs }: StoreLimits,
): StoreForecast {
  const last = samples.at(-1);
  if (last === undefined) return { bytesPerDay: null, fullAtMs: null };
  const bytesPerDay = bytesPerDayOf(samples, last);
  if (bytesMax !== null && last.bytes >= bytesMax) return { bytesPerDay, fullAtMs: last.atMs };
  if (bytesPerDay === null || bytesPerDay <= 0 || bytesMax === null) return { bytesPerDay, fullAtMs: null };
  const leftMs = ((bytesMax - last.bytes) / bytesPerDay) * dayMs;
  const fullAtMs = Math.round(last.atMs + leftMs);
  const isSeen = leftMs <= sightMs && (levelsOffAtMs === null || fullAtMs <= levelsOffAtMs);
  return { bytesPerDay, fullAtMs: isSeen ? fullAtMs : null };
}

function bytesPerDayOf(samples: readonly SizeSample[], last: SizeSample): number | null {
  const recent = samples.filter(({ atMs }) => atMs >= last.atMs - forecastDays * dayMs);
  const spanMs = last.atMs - (recent[0]?.atMs ?? last.atMs);
  if (recent.length < samplesMin || spanMs < spanMsMin) return null;
  const points = thinned(recent);
  const slopes = points.flatMap((to, at) =>
    points.slice(0, at).map((from) => (to.bytes - from.bytes) / (to.atMs - from.atMs)),
  );
  const sorted = Float64Array.from(slopes).sort();
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * dayMs);
}

/** Evenly over all of them, with the first and the last. */
function thinned(samples: readonly SizeSample[]): readonly SizeSample[] {
  if (samples.length <= pointsMax) return samples;
  const step = (samples.length - 1) / (pointsMax - 1);
  return Array.from({ length: pointsMax }, (_, n) => samples[Math.round(n * step)] as SizeSample);
}
