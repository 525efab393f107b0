import { type AccountCourse, recentSyncIdsMax, waitingMax } from "@millrace/shared/events/account-course";
import {
  anew,
  isDecided,
  isUnderWay,
  type Removal,
  removeAccount,
} from "@millrace/shared/events/evolve-course";
import { laterWatermark } from "@millrace/shared/events/is-later-watermark";
import type { AcceptedRequest } from "@millrace/shared/events/sync-request";

/** What Postgres knows of an account, and what the log knows. */
export interface RestoreSituation {
  /** The newest course that Postgres has and the log lacks; null when the log lacks none. */
  readonly known: KnownCourse | null;
  /** The log's. */
  readonly logged: AccountCourse;
  /** Syncs that Postgres has as not ended, oldest first. */
  readonly unended: readonly AcceptedRequest[];
  /** Of the syncs that are under way in the log, those that Postgres has as ended. */
  readonly ended: ReadonlySet<string>;
  readonly nowMs: number;
}

export interface KnownCourse {
  readonly course: AccountCourse;
  /** When the fact that carries it happened, milliseconds since the epoch. */
  readonly atMs: number;
}

export interface Restored {
  readonly course: AccountCourse;
  /** Syncs that the log had lost, and that go on. */
  readonly syncIds: readonly string[];
}

/**
 * The course that takes in what both know, after the log lost facts that Postgres has.
 *
 * What Postgres knows is later than all that the log had before the loss; what the log decided since is later still.
 * So a sync that only Postgres knows goes on, or waits when the log has another one active by now; one that Postgres
 * knows as ended has ended; pauses and lost consent are as Postgres knows them, unless the log's are younger. The
 * watermark is the later one: it never goes back (rule I3). Lost syncs for which there is no room are
 * left out until there is some: they are found again.
 *
 * @returns null when the log lacks nothing, or nothing that it has room for
 */
export function decideRestore({ known, logged, unended, ended, nowMs }: RestoreSituation): Restored | null {
  // A removal is for ever: whichever of the two knows of it is right.
  const removal = furthest(logged.removal, known?.course.removal);
  if (removal !== undefined) {
    const isKnown = JSON.stringify(removal) === JSON.stringify(logged.removal);
    return isKnown ? null : { course: removeAccount(logged, removal), syncIds: [] };
  }
  // What the log has decided on, and does not know as under way, has ended there: Postgres has not heard of it yet.
  const lost = unended.filter(({ syncId }) => !isDecided(logged, syncId));
  const loggedActive = logged.active !== null && ended.has(logged.active.syncId) ? null : logged.active;
  const active = loggedActive ?? lostActive(known, lost);
  const waiting = [...logged.waiting.filter(({ syncId }) => !ended.has(syncId)), ...lost].filter(
    ({ syncId }) => syncId !== active?.syncId,
  );
  const leftOut = new Set(waiting.slice(waitingMax).map(({ syncId }) => syncId));
  const recentSyncIds = [...new Set([...(known?.course.recentSyncIds ?? []), ...logged.recentSyncIds])];
  const course: AccountCourse = {
    active,
    waiting: waiting.slice(0, waitingMax),
    held: [],
    consentLost: known === null ? logged.consentLost : consentOf(known, logged),
    recentSyncIds: recentSyncIds.filter((syncId) => !leftOut.has(syncId)).slice(-recentSyncIdsMax),
    watermark: laterWatermark(logged.watermark, known?.course.watermark ?? null),
  };
  const held = known === null ? logged.held : holdsOf(known, logged);
  const restored = { ...course, held: held.filter(({ syncId }) => isUnderWay(course, syncId)) };
  if (isSame(restored, logged)) return null;
  const syncIds = lost.map(({ syncId }) => syncId).filter((syncId) => !leftOut.has(syncId));
  // Runs may have been that only the lost log knew: the new one is later than all of them.
  return { course: anew(restored, nowMs), syncIds };
}

function furthest(logged: Removal | undefined, known: Removal | undefined): Removal | undefined {
  return logged?.removedAt === undefined ? (known ?? logged) : logged;
}

function lostActive(known: KnownCourse | null, lost: readonly AcceptedRequest[]): AccountCourse["active"] {
  const active = known?.course.active ?? null;
  return lost.some(({ syncId }) => syncId === active?.syncId) ? active : null;
}

function consentOf(
  { course, atMs }: KnownCourse,
  { consentLost }: AccountCourse,
): AccountCourse["consentLost"] {
  const isYounger = consentLost !== null && Date.parse(consentLost.since) > atMs;
  return isYounger ? consentLost : course.consentLost;
}

function holdsOf({ course, atMs }: KnownCourse, { held }: AccountCourse): AccountCourse["held"] {
  const younger = held.filter(
    ({ syncId, since }) => Date.parse(since) > atMs && !course.held.some((hold) => hold.syncId === syncId),
  );
  return [...course.held, ...younger];
}

/** True when nothing differs that anybody acts on. */
function isSame(a: AccountCourse, b: AccountCourse): boolean {
  return JSON.stringify(essenceOf(a)) === JSON.stringify(essenceOf(b));
}

function essenceOf({ active, waiting, held, consentLost, watermark }: AccountCourse) {
  const idsOf = (all: readonly { readonly syncId: string }[]): string[] =>
    all.map(({ syncId }) => syncId).sort();
  return [active?.syncId ?? null, idsOf(waiting), idsOf(held), consentLost !== null, watermark];
}
