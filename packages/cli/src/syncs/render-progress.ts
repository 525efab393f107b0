import { type Hindrance, hindranceText } from "./describe-pause.ts";
import { leftOf, type ProgressView, ratePerSecond } from "./progress-view.ts";

const barCellsMax = 30;
const barCellsMin = 8;

/**
 * The live line of a terminal: a bar, messages, rate, remaining time, lane, what hinders it, and state. What does not fit into
 * `columns` is left out: first what would let it go on or is missing until then, then lane, time and rate, then the bar, then the counts. Why it does not
 * get on, and its state, go last; the line never wraps.
 */
export function renderProgress(view: ProgressView, nowMs: number, columns: number): string {
  const hindrance = hindranceOf(view);
  const end = hindrance === null ? view.status : `${hindrance.reason} · ${view.status}`;
  const texts = counted(view, nowMs, hindrance, end);
  for (const text of texts) {
    const cells = Math.min(barCellsMax, columns - text.length - 4);
    if (cells >= barCellsMin) return `[${bar(view, cells)}] ${text}`;
  }
  const room = Math.max(0, columns - 1);
  return [...texts, end].find((text) => text.length <= room) ?? shortened(view.status, hindrance, room);
}

/** What the line may say with its counts, the most first. */
function counted(view: ProgressView, nowMs: number, hindrance: Hindrance | null, end: string): string[] {
  const parts = [count(view), ...figures(view, nowMs)];
  const fewer = parts.map((_, left) => [...parts.slice(0, parts.length - left), end]);
  const whole = hindrance?.more ? [[...parts, hindranceText(hindrance), view.status]] : [];
  return [...whole, ...fewer].map((chosen) => chosen.join(" · "));
}

/** A reason that is too long by itself is cut; a state is not, while there is room for it. */
function shortened(status: string, hindrance: Hindrance | null, room: number): string {
  const reasonRoom = room - status.length - " · ".length;
  if (hindrance === null || reasonRoom < 2) return status.slice(0, room);
  return `${hindrance.reason.slice(0, reasonRoom - 1)}… · ${status}`;
}

/** The same as a sentence for logs and pipes, such as "2,250 of 5,000 (45 %), 812/s, 3 s left, bulk, running". */
export function renderProgressLine(view: ProgressView, nowMs: number): string {
  const hindrance = hindranceOf(view);
  const why = hindrance === null ? [] : [hindranceText(hindrance)];
  return [count(view), ...figures(view, nowMs), ...why, view.status].join(", ");
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

function count({ handled, total, totalIsEstimate, ended }: ProgressView): string {
  if (total === null) return `${formatCount(handled)} messages`;
  if (total === 0) return ended ? "nothing new" : "nothing to fetch yet";
  const percent = Math.floor((handled / total) * 100);
  return `${formatCount(handled)} of ${totalIsEstimate ? "about " : ""}${formatCount(total)} (${percent} %)`;
}

function figures(view: ProgressView, nowMs: number): string[] {
  const parts: string[] = [];
  if (view.deadLettered > 0) parts.push(`${formatCount(view.deadLettered)} set aside`);
  if (view.redriving > 0) parts.push(`${formatCount(view.redriving)} being tried again`);
  // Nothing moves in a pause; and dead letters that are tried again were settled before: no rate tells of them.
  if (!view.ended && view.redriving === 0 && view.status !== "paused") {
    const rate = ratePerSecond(view, nowMs);
    const left = leftOf(view, nowMs);
    if (left.kind === "still") parts.push(`nothing has moved for ${formatDuration(left.seconds)}`);
    else if (rate !== null) parts.push(`${formatCount(Math.round(rate))}/s`);
    if (left.kind === "left") parts.push(`${formatDuration(left.seconds)} left`);
  }
  if (view.lane && !view.ended) parts.push(view.lane);
  return parts;
}

const hindranceOf = ({ hindrance, ended }: ProgressView): Hindrance | null => (ended ? null : hindrance);

function bar({ handled, total, ended }: ProgressView, cells: number): string {
  return renderBar(total ? handled / total : ended ? 1 : 0, cells);
}

/** @param share from 0 to 1 */
export function renderBar(share: number, cells: number): string {
  const full = Math.floor(Math.min(1, share) * cells);
  return "█".repeat(full) + "░".repeat(cells - full);
}
