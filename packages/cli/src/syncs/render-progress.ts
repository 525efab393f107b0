import { type ProgressView, ratePerSecond, secondsLeft } from "./progress-view.ts";

const barCellsMax = 30;
const barCellsMin = 8;

/**
 * The live line of a terminal: a bar, messages, rate, remaining time, lane and state. What does not fit into
 * `columns` is left out, least important first; the line never wraps.
 */
export function renderProgress(view: ProgressView, nowMs: number, columns: number): string {
  const parts = [count(view), ...details(view, nowMs)];
  const state = view.status;
  for (let kept = parts.length; kept > 0; kept -= 1) {
    const text = [...parts.slice(0, kept), state].join(" · ");
    const cells = Math.min(barCellsMax, columns - text.length - 4);
    if (cells >= barCellsMin) return `[${bar(view, cells)}] ${text}`;
  }
  return state.slice(0, Math.max(0, columns - 1));
}

/** The same as a sentence for logs and pipes, such as "2,250 of 5,000 (45 %), 812/s, 3 s left, bulk, running". */
export function renderProgressLine(view: ProgressView, nowMs: number): string {
  return [count(view), ...details(view, nowMs), view.status].join(", ");
}

/** A number with thousands separators, the same on every machine. */
export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** A duration, such as "45 s", "3 min 05 s" or "2 h 10 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return `${minutes} min ${String(rest).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

function count({ settled, total, totalIsEstimate }: ProgressView): string {
  if (total === null) return `${formatCount(settled)} messages`;
  const percent = total === 0 ? 100 : Math.floor((settled / total) * 100);
  return `${formatCount(settled)} of ${totalIsEstimate ? "about " : ""}${formatCount(total)} (${percent} %)`;
}

function details(view: ProgressView, nowMs: number): string[] {
  const parts: string[] = [];
  if (view.deadLettered > 0) parts.push(`${formatCount(view.deadLettered)} set aside`);
  if (!view.ended) {
    const rate = ratePerSecond(view, nowMs);
    const left = secondsLeft(view, nowMs);
    if (rate !== null) parts.push(`${formatCount(Math.round(rate))}/s`);
    if (left !== null) parts.push(`${formatDuration(left)} left`);
  }
  if (view.lane && !view.ended) parts.push(view.lane);
  if (view.hindrance && !view.ended) parts.push(view.hindrance);
  return parts;
}

function bar({ settled, total, ended }: ProgressView, cells: number): string {
  return renderBar(total ? settled / total : ended ? 1 : 0, cells);
}

/** @param share from 0 to 1 */
export function renderBar(share: number, cells: number): string {
  const full = Math.floor(Math.min(1, share) * cells);
  return "█".repeat(full) + "░".repeat(cells - full);
}
