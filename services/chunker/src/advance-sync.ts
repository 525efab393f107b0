import { noHistory } from "@millrace/shared/events/attempt";
import { isPaused, nextToStart } from "@millrace/shared/events/evolve-course";
import type { EventOf, FactOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { decodeEvent, UnreadableEventError } from "@millrace/shared/nats/event-codec";
import {
  done,
  type Effect,
  type EnqueueEffect,
  ignore,
  type Outcome,
  reject,
} from "@millrace/shared/runtime/outcome";
import {
  type Delivery,
  type Moment,
  nothingToPerform,
  type Parsed,
  type Step,
} from "@millrace/shared/runtime/step";
import type { CourseAt } from "@millrace/shared/state/sync-state";
import { holdsChunk, type Page } from "@millrace/shared/steps/cut-chunks";
import { pagesBackTo } from "@millrace/shared/steps/pages-back-to";
import { readSituation, type SyncSituation } from "@millrace/shared/steps/sync-situation";
import { labelsOfFact } from "@millrace/shared/telemetry/work-labels";
import type { ChunkerPorts } from "./chunker-ports.ts";
import { chunksReleasedBy, decideAdvance, type Readings } from "./decide-advance.ts";
import { type StartSituation, startEffects } from "./decide-request.ts";

interface Input {
  readonly event: EventOf;
  /** 1 on the first delivery. */
  readonly deliveryCount: number;
}

type Gathered =
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "running"; readonly situation: SyncSituation; readonly readings: Readings }
  | Next;

/** Work to put on the queue, and syncs that may start. */
interface Next {
  readonly kind: "next";
  readonly starts: readonly StartSituation[];
  readonly work?: EnqueueEffect;
}

type AdvancePorts = Pick<ChunkerPorts, "state" | "queue" | "accounts" | "line" | "defaults">;

/**
 * Step "advance". Consumes every fact of the log and does what follows from it: a started sync is listed, a
 * page releases chunks, a settled chunk releases the next or completes the sync, an ended sync lets the next
 * waiting one start, of its account or of another one of the tenant. Holds no state of its own; a redelivery does the
 * same again, to no effect.
 */
export function createAdvanceSync(ports: AdvancePorts): Step<Input, void, Gathered> {
  return {
    name: "advance-sync",
    about: ({ event }) => labelsOfFact(event.fact),
    parse: parseEvent,
    perform: nothingToPerform,
    gather: (input) => gather(ports, input),
    decide: ({ event }, _report, gathered, moment) => {
      switch (gathered.kind) {
        case "nothing":
          return ignore(gathered.why);
        case "next":
          return decideNext(gathered, moment);
        case "running":
          return decideAdvance(event, gathered.situation, gathered.readings);
      }
    },
  };
}

function parseEvent(delivery: Delivery): Parsed<Input> {
  try {
    const event = decodeEvent(delivery.subject, delivery.header, delivery.body);
    return { ok: true, input: { event, deliveryCount: delivery.deliveryCount } };
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    return { ok: false, outcome: reject(String(error)) };
  }
}

async function gather(ports: AdvancePorts, input: Input): Promise<Gathered> {
  const { tenantId, accountId, fact } = input.event;
  const ref = { tenantId, accountId };
  switch (fact.type) {
    case "chunk.fetched":
    case "chunk.dead_lettered":
      return gatherSettled(ports, ref, input, fact);
    case "sync.started":
    case "page.listed":
      return gatherRunning(ports, ref, input, fact.syncId);
    case "sync.resumed":
    case "sync.rebased":
    case "sync.stalled":
    case "account.reconnected":
    case "account.restored":
      return gatherAny(ports, ref, input);
    case "sync.completed":
    case "sync.failed":
    case "sync.cancelled":
      return gatherNext(ports, ref, input, fact.syncId);
    case "account.removal_requested":
      return gatherLeft(ports, ref, input, fact.cancelled);
    case "sync.coalesced":
    case "sync.queued":
      return gatherNext(ports, ref, input, null);
    case "sync.paused": {
      const next = await gatherNext(ports, ref, input, fact.syncId);
      if (fact.reason !== "consent_lost" || fact.request !== null) return next;
      return { ...next, work: probeEffect(ref, input.event.id, fact.syncId) };
    }
    case "dead_letters.redriven":
      return { kind: "next", starts: [], work: redriveEffect(ref, input.event.id, fact) };
    default:
      return { kind: "nothing", why: "nothing follows from it" };
  }
}

/**
 * A chunk whose worker has released the next one leads to nothing else: a window that does not reach past what is listed
 * asks for no page, and ends no sync. Unless the sync was planned anew meanwhile, and that work is void.
 */
async function gatherSettled(
  ports: AdvancePorts,
  ref: AccountRef,
  input: Input,
  { syncId, releases }: FactOf<"chunk.fetched"> | FactOf<"chunk.dead_lettered">,
): Promise<Gathered> {
  if (releases !== undefined) {
    const { active } = (await ports.state.course(ref)).course;
    if (active?.syncId !== syncId || active.run === releases.run)
      return { kind: "nothing", why: "its worker has released the next" };
  }
  return gatherRunning(ports, ref, input, syncId);
}

/** Whatever of the account can go on: its active sync, or else the first that waits. */
async function gatherAny(ports: AdvancePorts, ref: AccountRef, input: Input): Promise<Gathered> {
  const { course } = await ports.state.course(ref);
  const { active } = course;
  if (active === null) return gatherNext(ports, ref, input, null);
  if (!isPaused(course, active.syncId)) await ports.line.keep(ref, active.syncId, input.event.id);
  return gatherRunning(ports, ref, input, active.syncId);
}

async function gatherRunning(
  ports: AdvancePorts,
  ref: AccountRef,
  input: Input,
  syncId: string,
): Promise<Gathered> {
  const situation = await readSituation(ports.state, ref, syncId);
  if (situation === null) return { kind: "nothing", why: "the sync has ended" };
  const { event, deliveryCount } = input;
  // What a fact planned at its first delivery may be queued still: a second copy would only be in the way.
  const mayBeQueued = deliveryCount > 1 || event.fact.type === "sync.stalled";
  const [pages, queued] = await Promise.all([
    findPages(ports, event, situation),
    mayBeQueued ? ports.queue.keysOf(ref, syncId) : new Set<string>(),
  ]);
  return { kind: "running", situation, readings: { pages, queued } };
}

/** The pages that hold the chunks which this event releases: near the end of the listing, at most a window back. */
async function findPages(ports: AdvancePorts, event: EventOf, situation: SyncSituation): Promise<Page[]> {
  if (event.fact.type === "page.listed") return [event.fact];
  const indexes = chunksReleasedBy(event, situation);
  if (indexes.length === 0) return [];
  const { pages } = await pagesBackTo(ports.state, situation, Math.min(...indexes));
  return pages.filter((page) => indexes.some((chunkIndex) => holdsChunk(page, chunkIndex)));
}

/**
 * Who starts when a sync runs no more, or waits: the first that waits in its account, and whoever else of its tenant is
 * given the seat.
 *
 * @param syncId of the sync that runs no more; null when none has stopped
 */
async function gatherNext(
  ports: AdvancePorts,
  ref: AccountRef,
  { event }: Input,
  syncId: string | null,
): Promise<Next> {
  const at = await ports.state.course(ref);
  const { course } = at;
  const running = course.active === null || isPaused(course, course.active.syncId) ? null : course.active;
  // Whoever took the seat last, it is the seat of the one that runs.
  if (running !== null) await ports.line.keep(ref, running.syncId, event.id);
  const hasStopped = syncId !== null && syncId !== running?.syncId;
  const others = hasStopped ? await ports.line.leave(ref, syncId, event.id) : [];
  const starts: (StartSituation | null)[] = [];
  for (const other of others)
    starts.push(await gatherStart(ports, other, await ports.state.course(other), event.id));
  starts.push(await gatherStart(ports, ref, at, event.id));
  return { kind: "next", starts: starts.filter((start) => start !== null) };
}

/** An account is to be removed: whoever waits for its seat, or its place in the line, is given it. */
async function gatherLeft(
  ports: AdvancePorts,
  ref: AccountRef,
  { event }: Input,
  cancelled: readonly string[],
): Promise<Next> {
  const starts = new Map<string, StartSituation>();
  // A seat is its sync's: which of them had it, only the line knows.
  for (const syncId of cancelled) {
    for (const other of await ports.line.leave(ref, syncId, event.id)) {
      const start = await gatherStart(ports, other, await ports.state.course(other), event.id);
      if (start !== null) starts.set(other.accountId, start);
    }
  }
  return { kind: "next", starts: [...starts.values()] };
}

/** The first of the account that waits, when nothing is active. */
async function gatherStart(
  ports: AdvancePorts,
  ref: AccountRef,
  { course, seq: courseSeq }: CourseAt,
  cause: string,
): Promise<StartSituation | null> {
  const request = nextToStart(course);
  if (request === null) return null;
  const [account, known] = await Promise.all([
    ports.accounts.load(ref),
    ports.state.newestPage(ref, request.syncId),
  ]);
  const isFree = account === null || account.runningSyncsMax === null;
  return {
    ref,
    request,
    course,
    courseSeq,
    content: account?.content ?? null,
    beganBefore: known !== null,
    hasSeat: isFree || (await ports.line.take(ref, request.syncId, cause)),
    weight: account?.weight ?? 1,
    defaults: ports.defaults,
  };
}

function decideNext({ starts, work }: Next, moment: Moment): Outcome {
  const effects: Effect[] = starts.flatMap((start) => startEffects(start, moment));
  if (work !== undefined) effects.push(work);
  return effects.length > 0 ? done(...effects) : ignore("no sync can start");
}

/**
 * Whoever pauses a sync has read its account's credentials before; whoever replaces them reads afterwards whether
 * something is paused. One look at the mailbox after the pause closes the gap between the two.
 */
const probeEffect = (ref: AccountRef, eventId: string, syncId: string): EnqueueEffect => ({
  kind: "enqueue",
  ref,
  lane: "list",
  item: { kind: "probe", syncId, history: noHistory },
  dedupeId: `${eventId}.probe`,
  dueAtMs: null,
});

function redriveEffect(
  ref: AccountRef,
  eventId: string,
  { syncId, chunkIndex, content, letters }: FactOf<"dead_letters.redriven">,
): EnqueueEffect {
  return {
    kind: "enqueue",
    ref,
    lane: "live", // a person waits for it
    dedupeId: eventId,
    dueAtMs: null,
    item: {
      kind: "redrive",
      syncId,
      chunkIndex,
      content,
      messageIds: letters.map(({ messageId }) => messageId),
      ordinals: letters.map(({ ordinal }) => ordinal),
      history: noHistory,
    },
  };
}
