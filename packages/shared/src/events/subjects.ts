import type { Fact } from "./facts.ts";
import { type Lane, type WorkItem, type WorkLane, workKey } from "./work-item.ts";

/** Where things are published. Tenant and account always stand at the same place, so that permissions can name them. */
export interface AccountRef {
  readonly tenantId: string;
  readonly accountId: string;
}

export const requestSubjects = "sync.requests.>";
export const eventSubjects = "evt.>";
export const laneSubjects = (lane: WorkLane): string => `work.${lane}.>`;

export const requestSubject = (ref: AccountRef): string => `sync.requests.${ref.tenantId}.${ref.accountId}`;
export const courseSubject = (ref: AccountRef): string => `${accountSubject(ref)}.sync`;
export const chunkSubject = (ref: AccountRef, syncId: string): string =>
  `${accountSubject(ref)}.chunk.${syncId}`;
export const pageSubject = (ref: AccountRef, syncId: string, pageNumber: number): string =>
  `${accountSubject(ref)}.page.${syncId}.${pageNumber}`;
/** Matches every page of a sync; the last message under it is the newest page, because pages are listed in order. */
export const anyPageSubject = (ref: AccountRef, syncId: string): string =>
  `${accountSubject(ref)}.page.${syncId}.*`;
export const attemptSubject = (ref: AccountRef, syncId: string): string =>
  `${accountSubject(ref)}.attempt.${syncId}`;
export const noteSubject = (ref: AccountRef): string => `${accountSubject(ref)}.note`;
export const workSubject = (lane: WorkLane, ref: AccountRef, syncId: string): string =>
  `work.${lane}.${ref.tenantId}.${ref.accountId}.${syncId}`;

/** Work that is not due yet: one message a piece of work, the newest replaces the one before. */
export const laterSubjects = "later.>";
export const laterSubject = (ref: AccountRef, item: WorkItem): string =>
  `${anyLaterSubject(ref, item.syncId).slice(0, -1)}${workKey(item)}`;
export const anyLaterSubject = (ref: AccountRef, syncId: string): string =>
  `later.${ref.tenantId}.${ref.accountId}.${syncId}.*`;

/** What stands of an account beside its course. */
export const accountSubjectsBesideCourse = (ref: AccountRef): readonly string[] => [
  ...["page", "chunk", "attempt"].map((kind) => `${accountSubject(ref)}.${kind}.>`),
  noteSubject(ref),
];
/** All work of an account, due or not. */
export const accountWorkSubjects = ({ tenantId, accountId }: AccountRef): readonly string[] => [
  `work.*.${tenantId}.${accountId}.>`,
  `later.${tenantId}.${accountId}.>`,
];

/** Where a tenant is told of what happens, over HTTP. */
export interface EndpointRef {
  readonly tenantId: string;
  readonly endpointId: string;
}

/** Turns of endpoints: whoever takes one sends what the endpoint is due. */
export const turnSubjects = "hook.due.>";
export const turnSubject = ({ tenantId, endpointId }: EndpointRef): string =>
  `hook.due.${tenantId}.${endpointId}`;
/** Turns that are not due yet: those of one endpoint that are due in the same second are one. */
export const laterTurnSubjects = "hook.later.>";
export const laterTurnSubject = ({ tenantId, endpointId }: EndpointRef, dueAtMs: number): string =>
  `hook.later.${tenantId}.${endpointId}.${Math.ceil(dueAtMs / 1_000)}`;

/** Reads the endpoint out of a turn's subject; null when it is none. */
export function parseEndpointRef(subject: string): EndpointRef | null {
  const [hook, due, tenantId, endpointId, ...rest] = subject.split(".");
  const isTurn = hook === "hook" && due === "due" && rest.length === 0;
  return isTurn && tenantId && endpointId ? { tenantId, endpointId } : null;
}

const accountSubject = (ref: AccountRef): string => `evt.${ref.tenantId}.${ref.accountId}`;

/** The subject that a fact belongs on. */
export function factSubject(ref: AccountRef, fact: Fact): string {
  switch (fact.type) {
    case "sync.started":
    case "sync.coalesced":
    case "sync.queued":
    case "sync.paused":
    case "sync.resumed":
    case "sync.completed":
    case "sync.failed":
    case "sync.cancelled":
    case "sync.rebased":
    case "account.reconnected":
    case "account.restored":
    case "account.removal_requested":
    case "account.removed":
      return courseSubject(ref);
    case "page.listed":
      return pageSubject(ref, fact.syncId, fact.pageNumber);
    case "chunk.fetched":
    case "chunk.dead_lettered":
    case "dead_letters.settled":
      return chunkSubject(ref, fact.syncId);
    case "chunk.attempt_failed":
    case "chunk.abandoned":
    case "page.attempt_failed":
      return attemptSubject(ref, fact.syncId);
    case "sync.stalled":
    case "dead_letters.redriven":
    case "dead_letters.refused":
    case "dead_letters.superseded":
    case "dead_letters.forgotten":
    case "request.republished":
    case "request.rejected":
    case "account.verified":
    case "account.consent_ending":
    case "labels.removed":
    case "messages.removed":
    case "syncs.forgotten":
    case "retention.ran":
    case "blobs.removed":
    case "watch.renewed":
    case "watch.lapsed":
    case "watch.failed":
      return noteSubject(ref);
  }
}

/** Reads tenant and account out of a request's, an event's or a work item's subject; null when it is none of these. */
export function parseAccountRef(subject: string): AccountRef | null {
  const tokens = subject.split(".");
  const start =
    tokens[0] === "evt" || tokens[0] === "later"
      ? 1
      : tokens[0] === "work" || subject.startsWith("sync.requests.")
        ? 2
        : null;
  if (start === null) return null;
  const [tenantId, accountId] = tokens.slice(start, start + 2);
  return tenantId && accountId ? { tenantId, accountId } : null;
}

/** Reads the sync out of the subject of a work item, or of a fact about a sync's pages and chunks; null when it names none. */
export function parseSyncId(subject: string): string | null {
  const tokens = subject.split(".");
  const isNamed = tokens[0] === "work" || (tokens[0] === "evt" && factsOfOneSync.has(tokens[3] ?? ""));
  return (isNamed && tokens[4]) || null;
}

const factsOfOneSync: ReadonlySet<string> = new Set(["page", "chunk", "attempt"]);

/** Reads the lane out of a work item's subject. */
export function parseLane(subject: string): Lane | null {
  const lane = subject.split(".")[1];
  return subject.startsWith("work.") && (lane === "live" || lane === "bulk") ? lane : null;
}
