/** Points of a time series, by minutes since 1970. */
export interface TimeFrame {
  readonly firstMinute: number;
  readonly stepMinutes: number;
  readonly points: number;
}

export const minutesMax = 1_440;
const pointsMax = 120;
const minuteMs = 60_000;

/**
 * The points that cover the last minutes, this one included: at most 120. They begin at multiples of their step, so that a chart
 * that is drawn again shows the same points, and one more now and then.
 */
export function timeFrameOf(minutes: number, nowMs: number): TimeFrame {
  const stepMinutes = Math.ceil(minutes / pointsMax);
  const points = Math.ceil(minutes / stepMinutes);
  const lastMinute = Math.floor(nowMs / minuteMs / stepMinutes) * stepMinutes;
  return { firstMinute: lastMinute - (points - 1) * stepMinutes, stepMinutes, points };
}
