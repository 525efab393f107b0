import type { Random } from "@millrace/gmail-simulator/random";
import { type AccountCourse, type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import { noProgress } from "@millrace/shared/events/chunk-progress";
import { completeSync, fullPlan, startSync } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { derivedSyncId } from "@millrace/shared/events/identifiers";
import type { AccountRef } from "@millrace/shared/events/subjects";
import {
  type Chunk,
  chunkSize,
  chunksOf,
  completed,
  failedAttempt,
  listPage,
  noChanges,
  pagesMax,
  settle,
  windowChunks,
} from "./sync-facts.ts";

/** A page is listed while so many chunks of the one before are still outstanding. */
const outstandingAtPage = 2;
const failureShare = 0.02;

/** A fact, and the id that the service that appends it gives it. */
export interface Told {
  readonly eventId: string;
  readonly fact: Fact;
}

/** One account, and what has become of its syncs. */
export interface HistoryAccount {
  readonly ref: AccountRef;
  course: AccountCourse;
  syncs: number;
}

export const newAccount = (ref: AccountRef): HistoryAccount => ({ ref, course: idleCourse, syncs: 0 });

/**
 * The facts of one sync from its start to its end, as the services would tell them: pages of 100 to 500 ids, chunks of 100
 * settled about in order, now and then a failed attempt or a dead letter. An account's first sync takes in all, later
 * ones find most of a part unchanged.
 *
 * @param atMs the time that the facts bear
 */
export function* syncHistory(account: HistoryAccount, random: Random, atMs: () => number): Generator<Told> {
  const isFirst = account.syncs === 0;
  const sync = begin(account, iso(atMs()), isFirst);
  const { syncId } = sync;
  account.course = startSync(account.course, sync);
  const request = { syncId, mode: "full", trigger: "api", requestedAt: sync.startedAt } as const;
  yield {
    eventId: `${syncId}.started`,
    fact: { type: "sync.started", syncId, sync, request, course: account.course },
  };
  const pages = 1 + random.below(pagesMax);
  let progress = noProgress;
  let listed = 0;
  const outstanding: Chunk[] = [];
  for (let pageNumber = 0; pageNumber < pages; pageNumber++) {
    const isLast = pageNumber + 1 === pages;
    const page = listPage({ syncId, pageNumber, isLast, isFirst, listed, progress, outstanding }, random);
    listed += page.messageIds.length;
    yield { eventId: `${syncId}.page.${pageNumber}`, fact: page };
    outstanding.push(...chunksOf(page));
    while (outstanding.length > (isLast ? 0 : outstandingAtPage)) {
      const [chunk] = outstanding.splice(random.below(Math.min(windowChunks, outstanding.length)), 1);
      if (chunk === undefined) break;
      const attemptId = `${syncId}.chunk.${chunk.index}.attempt.1`;
      if (random.chance(failureShare))
        yield { eventId: attemptId, fact: failedAttempt(syncId, chunk, iso(atMs())) };
      const fetched = settle(syncId, chunk, progress, isFirst, random);
      progress = fetched.progress;
      yield { eventId: `${syncId}.chunk.${chunk.index}.settled`, fact: fetched };
    }
  }
  const watermark = isFirst ? String(1_000 + account.syncs) : null;
  if (isFirst) yield { eventId: `${syncId}.page.${pages}`, fact: noChanges(syncId, pages, listed, progress) };
  account.course = completeSync(account.course, syncId, watermark);
  yield { eventId: `${syncId}.ended`, fact: completed(syncId, progress, watermark, account.course) };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function begin(account: HistoryAccount, startedAt: string, isFirst: boolean): ActiveSync {
  return {
    syncId: derivedSyncId(account.ref, String(account.syncs++)),
    mode: "full",
    requestedMode: "full",
    scope: isFirst ? {} : { query: "newer_than:30d" },
    chunkSize,
    windowChunks,
    content: "full",
    startedAt,
    run: 0,
    plan: isFirst ? [...fullPlan] : ["listing"],
    since: null,
    round: 0,
    joined: 0,
    pausedMs: 0,
  };
}
