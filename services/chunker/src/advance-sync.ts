import { noProgress } from "@millrace/shared/events/chunk-progress";
import type { EventOf } from "@millrace/shared/events/facts";
import type { AccountRef } from "@millrace/shared/events/subjects";
import { decodeEvent } from "@millrace/shared/nats/event-codec";
import { readQueuedChunks } from "@millrace/shared/nats/read-work-queue";
import { type Account, loadAccount } from "@millrace/shared/postgres/load-account";
import { ignore, reject } from "@millrace/shared/runtime/outcome";
import {
  type Delivery,
  nothingToPerform,
  type Parsed,
  type Step,
  type StepContext,
} from "@millrace/shared/runtime/step";
import type { Page } from "@millrace/shared/steps/cut-chunks";
import { type ChunkerPorts, openSession, readCourse } from "./chunker-ports.ts";
import {
  chunksReleasedBy,
  decideAdvance,
  needsListing,
  type Readings,
  type SyncSituation,
} from "./decide-advance.ts";
import { decideStart, type RequestSituation } from "./decide-request.ts";

const idsPerPage = 500;

interface Input {
  readonly event: EventOf;
  readonly attempt: number;
}

type Gathered =
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "running"; readonly situation: SyncSituation; readonly readings: Readings }
  | { readonly kind: "next"; readonly situation: RequestSituation };

/**
 * Step "advance". Consumes every fact of the log and does what follows from it: a started sync is listed, a
 * page releases chunks, a settled chunk releases the next or completes the sync, an ended sync lets the next
 * waiting one start. Holds no state of its own; a redelivery does the same again, to no effect.
 */
export function createAdvanceSync(ports: ChunkerPorts): Step<Input, void, Gathered> {
  return {
    name: "advance-sync",
    parse: parseEvent,
    perform: nothingToPerform,
    gather: (input, _report, context) => gather(ports, input, context),
    decide: ({ event }, _report, gathered, moment) => {
      if (gathered.kind === "nothing") return ignore(gathered.why);
      if (gathered.kind === "next") return decideStart(gathered.situation, moment);
      return decideAdvance(event, gathered.situation, gathered.readings, moment);
    },
  };
}

function parseEvent(delivery: Delivery): Parsed<Input> {
  try {
    const event = decodeEvent(delivery.subject, delivery.header, delivery.body);
    return { ok: true, input: { event, attempt: delivery.deliveryCount } };
  } catch (error) {
    return { ok: false, outcome: reject(String(error)) };
  }
}

async function gather(ports: ChunkerPorts, input: Input, context: StepContext): Promise<Gathered> {
  const { fact } = input.event;
  switch (fact.type) {
    case "sync.started":
    case "page.listed":
    case "chunk.fetched":
      return gatherRunning(ports, input, fact.syncId, context);
    case "sync.completed":
    case "sync.failed":
    case "sync.coalesced":
    case "sync.queued":
      return gatherNext(ports, input, context);
    case "request.rejected":
    case "chunk.requeued":
      return { kind: "nothing", why: "nothing follows from it" };
  }
}

async function gatherRunning(
  ports: ChunkerPorts,
  input: Input,
  syncId: string,
  context: StepContext,
): Promise<Gathered> {
  const ref: AccountRef = input.event;
  const { course, courseSeq } = await readCourse(ports, ref);
  const { active } = course;
  if (active?.syncId !== syncId) return { kind: "nothing", why: "the sync has ended" };
  const [page, chunk] = await Promise.all([
    ports.eventLog.lastPage(ref, syncId),
    ports.eventLog.lastChunkFact(ref, syncId),
  ]);
  const situation = {
    ref: { tenantId: ref.tenantId, accountId: ref.accountId },
    course,
    courseSeq,
    active,
    newestPage: page.fact,
    progress: chunk.fact?.progress ?? noProgress,
  };
  const [releasePage, listed, queued] = await Promise.all([
    findReleasePage(ports, input.event, situation),
    needsListing(situation) ? listNext(ports, situation, context) : null,
    // What a fact released at its first delivery may be queued still: a second copy would only be in the way.
    input.attempt > 1 ? readQueuedChunks(ports.nats, situation.ref, syncId) : new Set<number>(),
  ]);
  return { kind: "running", situation, readings: { releasePage, listed, queued, attempt: input.attempt } };
}

/** The page with the first chunk that this event releases: its own, or one near the end of the listing. */
async function findReleasePage(
  ports: ChunkerPorts,
  event: EventOf,
  situation: SyncSituation,
): Promise<Page | null> {
  if (event.fact.type === "page.listed") return event.fact;
  const [chunkIndex] = chunksReleasedBy(event, situation);
  let page = situation.newestPage;
  // Releases go in order and at most a window ahead of the settled, so this walks back a page or two.
  while (chunkIndex !== undefined && page !== null && page.firstChunk > chunkIndex && page.pageNumber > 0) {
    page = await ports.eventLog.readPage(situation.ref, page.syncId, page.pageNumber - 1);
  }
  return page;
}

async function listNext(
  ports: ChunkerPorts,
  { ref, active, newestPage }: SyncSituation,
  { signal }: StepContext,
): Promise<Readings["listed"]> {
  const account = await requireAccount(ports, ref);
  return openSession(ports, account).listPage(
    {
      query: active.scope.query,
      labelIds: active.scope.labelIds,
      pageToken: newestPage?.nextPageToken ?? undefined,
      idsMax: idsPerPage,
    },
    signal,
  );
}

/** The first that waits, with its baseline, when nothing is active. */
async function gatherNext(ports: ChunkerPorts, input: Input, { signal }: StepContext): Promise<Gathered> {
  const { tenantId, accountId } = input.event;
  const ref = { tenantId, accountId };
  const { course, courseSeq } = await readCourse(ports, ref);
  const [request] = course.waiting;
  if (course.active !== null || request === undefined) return { kind: "nothing", why: "no sync waits" };
  const account = await requireAccount(ports, ref);
  const profile = await openSession(ports, account).getProfile(signal);
  const situation: RequestSituation = {
    ref,
    request,
    course,
    courseSeq,
    content: account.content,
    ranBefore: false,
    profile,
    attempt: input.attempt,
    defaults: ports.defaults,
  };
  return { kind: "next", situation };
}

async function requireAccount(ports: ChunkerPorts, ref: AccountRef): Promise<Account> {
  const account = await loadAccount(ports.pool, ports.keyring, ref);
  if (account === null)
    throw new Error(`Account ${ref.accountId} of tenant ${ref.tenantId} is not in the database`);
  return account;
}
