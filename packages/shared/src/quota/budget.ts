/**
 * A budget of units over a sliding window, as a value: what was given, by slices of time, and what was learnt of throttles.
 * No clock, no I/O. Given ahead of time by moments at most, so that no window, wherever it begins, holds more than the limit,
 * also as the provider sees it, where calls arrive somewhat later than they were allowed.
 */
export interface BudgetState {
  /** [number of the slice, units], oldest first; no slice that has left the window. */
  readonly given: readonly (readonly [slice: number, units: number])[];
  /** Which share of the limit is used, at `shareAtMs`; success restores it from then on. */
  readonly share: number;
  readonly shareAtMs: number;
  /** Nothing is given before. 0: there was no throttle. */
  readonly coolUntilMs: number;
  /** Bulk work is spread: its next units are due then. */
  readonly paceMs: number;
  /** Work that was told to come back is lined up until then. */
  readonly queueMs: number;
  /** The same of work that goes before it: live work, and what came back too early. */
  readonly firstMs: number;
  /** Units given on the day that began then, and how many of them to the background; only of a budget with a limit a day. */
  readonly day: { readonly startMs: number; readonly units: number; readonly background?: number } | null;
  /** The background's next units are due then. Absent: it has had none. */
  readonly backgroundMs?: number | undefined;
}

export interface BudgetLimits {
  /** In any window. */
  readonly units: number;
  /** A minute; shorter where time is compressed. */
  readonly windowMs: number;
  /** Null: no limit a day. */
  readonly unitsPerDay: number | null;
}

export type QuotaLane = "live" | "bulk" | "background";

export interface BudgetRequest {
  readonly units: number;
  /** Fewer units will do, in multiples of this: as many as are a moderate part of what a window may hold now. */
  readonly unitsEach?: number | undefined;
  /**
   * live: before what is lined up, and without being spread. background: behind all that is lined up, at the pace of its
   * share, and only while half of a window stays free for others.
   */
  readonly lane: QuotaLane;
  /** Of the limit, for the background. */
  readonly share?: number | undefined;
  /** It was told to come back now: it goes before work that was not. */
  readonly hasWaited?: boolean | undefined;
  /** How far ahead units may be given: whoever asks waits so long for them. */
  readonly patienceMs: number;
  /** The call may take long, and nobody says when it was answered: its units count for somewhat longer. */
  readonly isSlow?: boolean | undefined;
  /** The call is not made before, because another budget says so. */
  readonly notBeforeMs?: number | undefined;
}

/** granted: call at this time, not before. later: nothing was given; ask again then. Both in milliseconds since the epoch. */
export interface BudgetAnswer {
  readonly kind: "granted" | "later";
  readonly atMs: number;
  /** Granted, or asked for. */
  readonly units: number;
  /** From when on the units count. */
  readonly countedAtMs: number;
  readonly state: BudgetState;
}

const slicesPerWindow = 600;
/** By how much of a window a call may reach the provider later than it was allowed, and by how much at least. */
const marginShare = 1 / 400;
const marginMsMin = 25;
/** Bulk work that came too late may catch up by so much of a window. */
const catchUpShare = 1 / 6;
/** For so much of a window longer the units of slow calls count. */
const slowShare = 1 / 60;
/** Of the limit this part is given at once, at most, where less will do. */
const partShare = 1 / 3;
/** Of the limit, in a window without a throttle. */
const restoredPerWindow = 0.02;
const leastShare = 0.05;
/** Whoever says nothing else leaves the background this part. */
export const backgroundShareUsual = 0.1;
/** The background takes nothing of a window that holds more than this part of the limit. */
const backgroundRoom = 1 / 2;
/** A throttle that names no time. */
const coolDownShare = 1 / 12;

export const freshBudget: BudgetState = {
  given: [],
  share: 1,
  shareAtMs: 0,
  coolUntilMs: 0,
  paceMs: 0,
  queueMs: 0,
  firstMs: 0,
  day: null,
};

/** Gives units, at once or within the patience, or says when to ask again. */
export function reserve(
  before: BudgetState,
  limits: BudgetLimits,
  request: BudgetRequest,
  nowMs: number,
): BudgetAnswer {
  const state = forget(before, limits, nowMs);
  const limit = currentLimit(state, limits, nowMs);
  const isBackground = request.lane === "background";
  const share = isBackground ? (request.share ?? backgroundShareUsual) : 1;
  const units = unitsFor(request, limit * share);
  const room = isBackground ? limit * backgroundRoom : limit;
  // What is more than a window holds would never be given: it is, when nothing else was.
  const roomNeeded = room - Math.min(units, room);
  const fitsMs = Math.max(
    nowMs,
    request.notBeforeMs ?? 0,
    state.coolUntilMs,
    fitsAtMs(state, limits, roomNeeded, nowMs),
  );
  const dayMs = dayFitsAtMs(state, limits, units, share, nowMs);
  const atMs = Math.max(fitsMs, dayMs, turnMs(state, request.lane));
  const countedAtMs = atMs + (request.isSlow === true ? limits.windowMs * slowShare : 0);
  if (atMs - nowMs <= request.patienceMs)
    return {
      kind: "granted",
      atMs,
      units,
      countedAtMs,
      state: isBackground
        ? giveBackground(state, limits, { units, share, atMs: countedAtMs }, nowMs)
        : give(state, limits, units, countedAtMs, nowMs),
    };
  // It takes no place in the line: it waits until there is none.
  if (isBackground) return { kind: "later", atMs, units, countedAtMs, state };
  const msPerUnit = limits.windowMs / limit;
  // Whoever comes back finds a place behind those who were here before, at the pace at which units are given.
  const goesFirst = request.lane === "live" || request.hasWaited === true;
  const placeMs = Math.max(atMs, state.firstMs, goesFirst ? 0 : state.queueMs);
  const endMs = placeMs + units * msPerUnit;
  return {
    kind: "later",
    atMs: placeMs,
    units,
    countedAtMs,
    state: goesFirst ? { ...state, firstMs: endMs } : { ...state, queueMs: endMs },
  };
}

/** Before this it is others' turn. */
function turnMs({ paceMs, queueMs, firstMs, backgroundMs = 0 }: BudgetState, lane: QuotaLane): number {
  if (lane === "live") return 0;
  return lane === "bulk" ? paceMs : Math.max(paceMs, queueMs, firstMs, backgroundMs);
}

function unitsFor({ units, unitsEach }: BudgetRequest, limit: number): number {
  if (unitsEach === undefined) return units;
  return Math.min(units, Math.max(1, Math.floor((limit * partShare) / unitsEach)) * unitsEach);
}

/** Units are used so much later than they were given that a window would count them too early. */
export const isLate = (limits: BudgetLimits, fromMs: number, toMs: number): boolean =>
  toMs - fromMs > marginMsOf(limits) / 2;

/** Less than this part of the limit in a window is far from it, also a window later. */
const tightShare = 0.1;

/** Whether so much of what a window may hold was given that it matters when exactly it is used. */
export const isTight = (state: BudgetState, limits: BudgetLimits): boolean =>
  unitsGiven(state) > limits.units * tightShare;

const unitsGiven = ({ given }: BudgetState): number => given.reduce((sum, [, units]) => sum + units, 0);

/** Units that were given for one moment are used at a later one. */
export function postpone(
  state: BudgetState,
  limits: BudgetLimits,
  units: number,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): BudgetState {
  const [from, to] = [sliceOf(limits, fromMs), sliceOf(limits, toMs)];
  // What is not there any more, because the budget began afresh meanwhile, is not moved.
  const moved = Math.min(units, state.given.find(([at]) => at === from)?.[1] ?? 0);
  return { ...state, given: added(added(state.given, from, -moved), to, moved) };
}

/** Takes back units that were given and not used. */
export function giveBack(
  state: BudgetState,
  limits: BudgetLimits,
  units: number,
  grantedAtMs: number,
  { lane, share = backgroundShareUsual }: Pick<BudgetRequest, "lane" | "share"> = { lane: "live" },
): BudgetState {
  const given = added(state.given, sliceOf(limits, grantedAtMs), -units);
  const ms = units * (limits.windowMs / currentLimit(state, limits, grantedAtMs));
  const after = { ...state, given, paceMs: state.paceMs - ms };
  const { day, backgroundMs = 0 } = state;
  const less = (count: number): number => Math.max(0, count - units);
  if (lane !== "background") return { ...after, day: day && { ...day, units: less(day.units) } };
  return {
    ...after,
    day: day && { ...day, units: less(day.units), background: less(day.background ?? 0) },
    backgroundMs: backgroundMs - ms / share,
  };
}

/**
 * The provider has refused a call although its units were given: somebody else uses the mailbox, or the limit is another
 * one. Opens the cool-down, once: a throttle that comes while it lasts belongs to a call from before, and moves nothing.
 *
 * @param retryAtMs when the provider named a time
 */
export function throttle(
  before: BudgetState,
  limits: BudgetLimits,
  retryAtMs: number | undefined,
  nowMs: number,
): BudgetState {
  if (nowMs < before.coolUntilMs) return before;
  const state = forget(before, limits, nowMs);
  const share = currentShare(state, limits, nowMs);
  // What went through in the last window is what there is for us. One early throttle is not believed that much.
  const passed = unitsGiven(state) / limits.units;
  const lowered = Math.max(0.7 * share, 0.9 * Math.min(passed, share), leastShare);
  const coolUntilMs = Math.max(retryAtMs ?? nowMs + limits.windowMs * coolDownShare, nowMs + 1);
  return { ...state, share: lowered, shareAtMs: coolUntilMs, coolUntilMs };
}

/** How a budget stands. */
export interface BudgetReading {
  /** In any window, as the provider has it. */
  readonly limit: number;
  /** In any window, as it is used now: less after throttles. */
  readonly limitNow: number;
  /** Within the window that ends now. */
  readonly used: number;
  /** Nothing is given before; null when there is no cool-down. */
  readonly coolUntilMs: number | null;
  /** When bulk work that asks now would have its turn: milliseconds since the epoch. */
  readonly nextAtMs: number;
  /** Null where a day has no limit. */
  readonly day: { readonly limit: number; readonly used: number } | null;
}

export function readBudget(state: BudgetState, limits: BudgetLimits, nowMs: number): BudgetReading {
  const { unitsPerDay } = limits;
  const usedToday = state.day?.startMs === startOfDayMs(nowMs) ? state.day.units : 0;
  return {
    limit: limits.units,
    limitNow: currentLimit(state, limits, nowMs),
    used: unitsInWindow(state, limits, nowMs),
    coolUntilMs: state.coolUntilMs > nowMs ? state.coolUntilMs : null,
    nextAtMs: Math.max(nowMs, state.coolUntilMs, state.paceMs, state.queueMs, state.firstMs),
    day: unitsPerDay === null ? null : { limit: unitsPerDay, used: usedToday },
  };
}

/** Units that were given within the window that ends now. */
function unitsInWindow(state: BudgetState, limits: BudgetLimits, nowMs: number): number {
  const oldest = sliceOf(limits, nowMs - limits.windowMs);
  return state.given.reduce((sum, [slice, units]) => (slice > oldest ? sum + units : sum), 0);
}

/** What a window may hold now: the limit, or less after throttles. */
export function currentLimit(state: BudgetState, limits: BudgetLimits, nowMs: number): number {
  return limits.units * currentShare(state, limits, nowMs);
}

function currentShare({ share, shareAtMs }: BudgetState, { windowMs }: BudgetLimits, nowMs: number): number {
  return Math.min(1, share + (Math.max(0, nowMs - shareAtMs) / windowMs) * restoredPerWindow);
}

const marginMsOf = ({ windowMs }: BudgetLimits): number => Math.max(windowMs * marginShare, marginMsMin);
const sliceMsOf = ({ windowMs }: BudgetLimits): number => windowMs / slicesPerWindow;
const sliceOf = (limits: BudgetLimits, atMs: number): number => Math.floor(atMs / sliceMsOf(limits));
/** From then on a slice's units count no more. */
const endOf = (limits: BudgetLimits, slice: number): number =>
  (slice + 1) * sliceMsOf(limits) + limits.windowMs + marginMsOf(limits);

function forget(state: BudgetState, limits: BudgetLimits, nowMs: number): BudgetState {
  const given = state.given.filter(([slice]) => endOf(limits, slice) > nowMs);
  return given.length === state.given.length ? state : { ...state, given };
}

/** The first time at which the window holds no more than this; the past when it holds no more now. */
function fitsAtMs(state: BudgetState, limits: BudgetLimits, unitsMax: number, nowMs: number): number {
  let left = unitsGiven(state);
  let atMs = nowMs;
  for (const [slice, units] of state.given) {
    if (left <= unitsMax) break;
    left -= units;
    atMs = endOf(limits, slice);
  }
  return atMs;
}

function give(
  state: BudgetState,
  limits: BudgetLimits,
  units: number,
  atMs: number,
  nowMs: number,
): BudgetState {
  const given = added(state.given, sliceOf(limits, atMs), units);
  const earliestMs = atMs - limits.windowMs * catchUpShare;
  const paceMs =
    Math.max(state.paceMs, earliestMs) + units * (limits.windowMs / currentLimit(state, limits, nowMs));
  return { ...state, given, paceMs, day: dayAfter(state, limits, units, nowMs) };
}

function giveBackground(
  before: BudgetState,
  limits: BudgetLimits,
  { units, share, atMs }: { readonly units: number; readonly share: number; readonly atMs: number },
  nowMs: number,
): BudgetState {
  const state = give(before, limits, units, atMs, nowMs);
  const msPerUnit = limits.windowMs / (currentLimit(state, limits, nowMs) * share);
  return {
    ...state,
    day: state.day && { ...state.day, background: (state.day.background ?? 0) + units },
    backgroundMs: Math.max(before.backgroundMs ?? 0, nowMs) + units * msPerUnit,
  };
}

/** @param units negative: fewer, as far as there are any */
function added(given: BudgetState["given"], slice: number, units: number): BudgetState["given"] {
  const known = given.find(([at]) => at === slice);
  if (known === undefined)
    return units <= 0 ? given : [...given, [slice, units] as const].sort(([a], [b]) => a - b);
  const sum = known[1] + units;
  return given.flatMap((entry) => (entry !== known ? [entry] : sum > 0 ? [[slice, sum] as const] : []));
}

function dayAfter(
  state: BudgetState,
  { unitsPerDay }: BudgetLimits,
  units: number,
  nowMs: number,
): BudgetState["day"] {
  if (unitsPerDay === null) return null;
  const startMs = startOfDayMs(nowMs);
  return state.day?.startMs === startMs
    ? { ...state.day, units: state.day.units + units }
    : { startMs, units };
}

function dayFitsAtMs(
  { day }: BudgetState,
  { unitsPerDay }: BudgetLimits,
  units: number,
  share: number,
  nowMs: number,
): number {
  const startMs = startOfDayMs(nowMs);
  if (unitsPerDay === null || day?.startMs !== startMs) return 0;
  const hasShare = share === 1 || (day.background ?? 0) + units <= unitsPerDay * share;
  if (hasShare && day.units + units <= unitsPerDay) return 0;
  return startOfDayMs(startMs + 36 * 3_600_000);
}

const pacific = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Los_Angeles",
  hourCycle: "h23",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
});

/** Quotas a day begin at midnight, Pacific time (https://developers.google.com/workspace/gmail/api/reference/quota). */
export function startOfDayMs(nowMs: number): number {
  const part = (type: string, parts: Intl.DateTimeFormatPart[]): number =>
    Number(parts.find((one) => one.type === type)?.value ?? 0);
  const parts = pacific.formatToParts(nowMs);
  const sinceMs = ((part("hour", parts) * 60 + part("minute", parts)) * 60 + part("second", parts)) * 1_000;
  const guessMs = Math.floor(nowMs / 1_000) * 1_000 - sinceMs;
  // On the two days of the year on which the clock is moved, the guess is an hour off.
  const offMs = part("hour", pacific.formatToParts(guessMs)) * 3_600_000;
  return offMs === 0
    ? guessMs
    : offMs > 12 * 3_600_000
      ? guessMs + (24 * 3_600_000 - offMs)
      : guessMs - offMs;
}
