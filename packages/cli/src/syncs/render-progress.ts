import { type Hindrance, hindranceText, reasonText } from "./describe-pause.ts";
import { leftOf, type ProgressView, ratePerSecond } from "./progress-view.ts";

const barCellsMax = 30;
const barCellsMin = 8;
const frameCells = "[] ".length;
/** Less of a reason says nothing that a bar or the counts would not say better. */
const reasonCellsMin = 20;
const joint = " · ";

/**
 * The live line of a terminal: a bar, messages, rate, remaining time, lane, what hinders it, and state. What does not fit into
 * `columns` is left out: first what would let it go on or is missing until then, then lane, time and rate, then which attempt it
 * was; then the reason is cut, and the bar goes, and the reason. The counts and the state go last; the line never wraps.
 */
export function renderProgress(view: ProgressView, nowMs: number, columns: number): string {
  const room = Math.max(0, columns - 1);
  const hindrance = hindranceOf(view);
  const texts = wholeTexts(view, nowMs, hindrance);
  const withBar = texts.find((text) => text.length + frameCells + barCellsMin <= room);
  const chosen = withBar ?? cutText(view, hindrance, room - frameCells - barCellsMin);
  if (chosen !== undefined) {
    const cells = Math.min(barCellsMax, room - frameCells - chosen.length);
    return `[${bar(view, cells)}] ${chosen}`;
  }
  const rest = [[count(view), view.status], ...(hindrance ? [[hindrance.reason, view.status]] : [])];
  return (
    texts.find((text) => text.length <= room) ??
    cutText(view, hindrance, room) ??
    rest.map((parts) => parts.join(joint)).find((text) => text.length <= room) ??
    shortened(view.status, hindrance, room)
  );
}

/** What the line may say with its counts and a reason that is not cut, the most first. */
function wholeTexts(view: ProgressView, nowMs: number, hindrance: Hindrance | null): string[] {
  const parts = [count(view), ...figures(view, nowMs)];
  const fewer = (reason: readonly string[]): string[][] =>
    parts.map((_, left) => [...parts.slice(0, parts.length - left), ...reason]);
  const chosen =
    hindrance === null
      ? fewer([])
      : [
          [...parts, hindranceText(hindrance)],
          ...fewer([reasonText(hindrance)]),
          [count(view), hindrance.reason],
        ];
  return chosen.map((words) => [...words, view.status].join(joint));
}

/** Counts, as much of the reason as there is room for, and state; undefined: that would be too little of it. */
function cutText(view: ProgressView, hindrance: Hindrance | null, room: number): string | undefined {
  if (hindrance === null) return undefined;
  const reasonRoom = room - [count(view), "", view.status].join(joint).length;
  if (reasonRoom < reasonCellsMin) return undefined;
  return [count(view), cut(hindrance.reason, reasonRoom), view.status].join(joint);
}

/** A reason that is too long by itself is cut; a state is not, while there is room for it. */
function shortened(status: string, hindrance: Hindrance | null, room: number): string {
  const reasonRoom = room - status.length - joint.length;
  if (hindrance === null || reasonRoom < 2) return status.slice(0, room);
  return [cut(hindrance.reason, reasonRoom), status].join(joint);
}

const cut = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, room - 1)}…`;

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
