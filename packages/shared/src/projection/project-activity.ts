import type { EventOf, Fact } from "../events/facts.ts";
import { type ActivityView, isAfter, type LogPosition, type SyncView } from "./views.ts";

const minuteMs = 60_000;
export const sliceSeconds = 10;
const slicesPerMinute = 60 / sliceSeconds;
/** What the column holds: until the year 6053. */
const minuteMax = 2 ** 31 - 1;

export interface ActivityKey {
  readonly tenantId: string;
  /** Since 1970. */
  readonly minute: number;
}

/** A sync's row before an event and after it. */
export interface SyncMove {
  readonly before: SyncView | null;
  readonly after: SyncView;
}

/** Whose minute an event counts in; null for a time that is none. */
export function activityTouchedBy({ tenantId, time }: EventOf): ActivityKey | null {
  const minute = Math.floor(Date.parse(time) / minuteMs);
  return minute >= 0 && minute <= minuteMax ? { tenantId, minute } : null;
}

/**
 * The row of a tenant's minute after one more event; the row itself when the event is not newer, or nothing of it counts. What
 * is counted is by how much syncs got on, and not what facts say: so an event that comes twice, or is told again by another
 * log, counts once (rule I4).
 *
 * @param key of `activityTouchedBy` the event
 * @param moves of the syncs that the event touches
 */
export function projectActivity(
  view: ActivityView | null,
  key: ActivityKey,
  event: EventOf,
  position: LogPosition,
  moves: readonly SyncMove[],
): ActivityView | null {
  if (view !== null && !isAfter(position, view)) return view;
  const counts = countsOf(moves);
  const failures = failuresOf(event.fact, counts.messages > 0);
  if (failures.length === 0 && Object.values(counts).every((count) => count === 0)) return view;
  const before = view ?? quietMinute(key, position);
  return {
    ...before,
    ...position,
    slices: withMessages(before.slices, sliceOf(event.time), counts.messages),
    syncs_started: before.syncs_started + counts.started,
    syncs_completed: before.syncs_completed + counts.completed,
    syncs_partial: before.syncs_partial + counts.partial,
    syncs_failed: before.syncs_failed + counts.failed,
    syncs_cancelled: before.syncs_cancelled + counts.cancelled,
    syncs_coalesced: before.syncs_coalesced + counts.coalesced,
    dead_lettered: before.dead_lettered + counts.deadLettered,
    failures: withFailures(before.failures, failures),
  };
}

const sliceOf = (time: string): number => Math.floor((Date.parse(time) % minuteMs) / (sliceSeconds * 1_000));

const withMessages = (slices: readonly number[], slice: number, messages: number): readonly number[] =>
  messages === 0 ? slices : slices.map((count, i) => (i === slice ? count + messages : count));

function countsOf(moves: readonly SyncMove[]) {
  const sum = (count: (move: SyncMove) => number): number =>
    moves.reduce((total, move) => total + count(move), 0);
  const grown = (column: "settled" | "dead_lettered"): number =>
    sum(({ before, after }) => Math.max(0, after[column] - (before?.[column] ?? 0)));
  const ended = (status: SyncView["status"]): number =>
    sum(({ before, after }) => Number(isEnd(before, after) && after.status === status));
  return {
    messages: grown("settled"),
    deadLettered: grown("dead_lettered"),
    started: sum(({ before, after }) => Number(after.started_at !== null && !before?.started_at)),
    completed: ended("completed"),
    partial: ended("partial"),
    failed: ended("failed"),
    cancelled: ended("cancelled"),
    coalesced: ended("coalesced"),
  };
}

const isEnd = (before: SyncView | null, after: SyncView): boolean =>
  after.ended_at !== null && (before === null || before.ended_at === null);

/** @param isNew a settled chunk is settled for the first time */
function failuresOf(fact: Fact, isNew: boolean): readonly string[] {
  switch (fact.type) {
    case "chunk.attempt_failed":
    case "page.attempt_failed":
      return [fact.category];
    case "chunk.dead_lettered":
      return isNew ? [fact.category] : [];
    case "chunk.fetched":
      return isNew ? fact.letters.map(({ category }) => category) : [];
    default:
      return [];
  }
}

function withFailures(
  before: ActivityView["failures"],
  categories: readonly string[],
): ActivityView["failures"] {
  const failures: Record<string, number> = { ...before };
  for (const category of categories) failures[category] = (failures[category] ?? 0) + 1;
  return failures;
}

function quietMinute({ tenantId, minute }: ActivityKey, position: LogPosition): ActivityView {
  return {
    ...position,
    tenant_id: tenantId,
    minute,
    slices: Array.from({ length: slicesPerMinute }, () => 0),
    syncs_started: 0,
    syncs_completed: 0,
    syncs_partial: 0,
    syncs_failed: 0,
    syncs_cancelled: 0,
    syncs_coalesced: 0,
    dead_lettered: 0,
    failures: {},
  };
}
