import { type CourseFact, type EventOf, type Fact, syncIdsOf } from "../events/facts.ts";
import { courseColumns, requestColumns } from "./course-columns.ts";
import { checkpointColumns, completionColumns, pageColumns } from "./progress-columns.ts";
import { handledBy } from "./project-chunk.ts";
import { type ChunkView, hasEnded, isAfter, type LogPosition, type SyncView, type Trouble } from "./views.ts";

/** The syncs whose rows an event may change. A course tells about all syncs of its account that are under way. */
export function syncsTouchedBy(fact: Fact): readonly string[] {
  if (!("course" in fact)) return syncIdsOf(fact);
  const { active, waiting, held } = fact.course;
  const underWay = [...(active === null ? [] : [active]), ...waiting, ...held].map(({ syncId }) => syncId);
  return [...new Set([...syncIdsOf(fact), ...underWay])];
}

/**
 * A sync's row after one more event; the row itself when the event is not newer, or changes nothing of it. Every
 * fact carries absolute values, so the newest one wins and applying it twice changes nothing. Progress only
 * grows, also when a late fact, or one from a log that was restored, carries less (rule I8).
 *
 * @param syncId one of `syncsTouchedBy` the event
 * @param chunk the row of the chunk that the event is of, as it was before it; null: there is none
 */
export function projectSync(
  view: SyncView | null,
  syncId: string,
  event: EventOf,
  position: LogPosition,
  chunk: ChunkView | null = null,
): SyncView | null {
  if (view !== null && !isAfter(position, view)) return view;
  const { fact } = event;
  const change =
    "course" in fact ? changeOfCourse(view, syncId, event, fact) : changeOfWork(view, event, chunk);
  if (change === null) return view;
  return { ...(view ?? newSync(event, syncId, position)), ...position, ...change };
}

type Change = Partial<SyncView>;

function changeOfCourse(
  view: SyncView | null,
  syncId: string,
  { time }: EventOf,
  fact: CourseFact,
): Change | null {
  if (view !== null && hasEnded(view)) return null;
  const isNamed = syncIdsOf(fact).includes(syncId);
  const course = courseColumns(view, syncId, fact);
  if (!isNamed) return view !== null && isSameCourse(view, course) ? null : course;
  const request = "request" in fact && fact.request !== null ? requestColumns(fact.request) : {};
  const ended = { paused: null, trouble: null, ended_at: time };
  switch (fact.type) {
    case "sync.coalesced":
      return { ...request, ...ended, status: "coalesced", coalesced_into: fact.into };
    case "sync.cancelled":
    case "account.removal_requested":
      return { ...request, ...ended, status: "cancelled" };
    case "sync.failed":
      return {
        ...request,
        ...ended,
        status: "failed",
        failure: { category: fact.category, message: fact.message },
      };
    case "sync.completed":
      return { ...ended, ...completionColumns(view, fact) };
    default:
      return { ...request, ...course };
  }
}

function isSameCourse(view: SyncView, { status, paused, run }: ReturnType<typeof courseColumns>): boolean {
  const isSamePause =
    view.paused?.reason === paused?.reason &&
    view.paused?.since === paused?.since &&
    view.paused?.message === paused?.message;
  return view.status === status && view.run === run && isSamePause;
}

function changeOfWork(
  view: SyncView | null,
  { time, fact }: EventOf,
  chunk: ChunkView | null,
): Change | null {
  switch (fact.type) {
    case "page.listed":
      return { ...pageColumns(view, fact), trouble: null };
    case "chunk.fetched":
    case "chunk.dead_lettered":
      return { ...checkpointColumns(view, fact.progress, handledOfOpen(chunk)), trouble: null };
    case "dead_letters.settled":
      return { ...checkpointColumns(view, fact.progress, 0), trouble: null };
    // Nothing of the row but its version: whoever watches the sync learns that its letters are tried again, or are not any more.
    case "dead_letters.redriven":
    case "dead_letters.refused":
    case "dead_letters.superseded":
      return view === null ? null : {};
    case "chunk.attempt_failed":
    case "page.attempt_failed":
      // After its end only dead letters are worked on, and they have rows of their own.
      return view === null || hasEnded(view) ? null : { trouble: troubleOf(fact, time, view.trouble, chunk) };
    default:
      return null;
  }
}

/** How many messages of a chunk that has not settled are dealt with. */
const handledOfOpen = (chunk: ChunkView | null): number =>
  chunk === null || chunk.settled_at !== null ? 0 : chunk.handled;

type FailedAttempt = Extract<Fact, { type: "chunk.attempt_failed" | "page.attempt_failed" }>;

function troubleOf(
  fact: FailedAttempt,
  at: string,
  before: Trouble | null,
  chunk: ChunkView | null,
): Trouble {
  const { category, message, nextAt, attempt, setAsideAt = null } = fact;
  const since = before === null || hasGotFurther(fact, chunk) ? at : (before.since ?? before.at);
  const where =
    fact.type === "page.attempt_failed"
      ? ({ kind: "page", index: fact.pageNumber } as const)
      : ({ kind: fact.isRedrive ? "redrive" : "chunk", index: fact.chunkIndex } as const);
  const open = fact.type === "page.attempt_failed" || fact.next === "set_aside" ? null : fact.open;
  return { category, message, at, nextAt, since, attempt, setAsideAt, open, where };
}

/** An attempt that failed, and has dealt with messages of its chunk that none before it had: so far it has succeeded. */
function hasGotFurther(fact: FailedAttempt, chunk: ChunkView | null): boolean {
  if (fact.type === "page.attempt_failed" || fact.isRedrive) return false;
  return chunk !== null && chunk.settled_at === null && handledBy(chunk, fact.settled) > chunk.handled;
}

function newSync(event: EventOf, syncId: string, position: LogPosition): SyncView {
  return {
    ...position,
    id: syncId,
    tenant_id: event.tenantId,
    account_id: event.accountId,
    status: "running",
    paused: null,
    trouble: null,
    requested_mode: null,
    mode: null,
    trigger: null,
    scope: {},
    repair_of: null,
    chunk_size: null,
    window_chunks: null,
    content: null,
    run: 0,
    stage: null,
    baseline: null,
    watermark: null,
    coalesced_into: null,
    failure: null,
    requested_at: null,
    started_at: null,
    paused_ms: 0,
    ended_at: null,
    listed: 0,
    listing_complete: false,
    estimated_total: null,
    chunks_listed: 0,
    chunks_settled: 0,
    progress_revision: 0,
    settled: 0,
    handled_uncounted: 0,
    stored: 0,
    unchanged: 0,
    gone: 0,
    dead_lettered: 0,
    created_at: event.time,
  };
}
