import { createHash } from "node:crypto";
import type { Random } from "@millrace/gmail-simulator/random";
import { type AccountCourse, type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import {
  type ChunkProgress,
  noProgress,
  settleChunk,
  settleLetters,
} from "@millrace/shared/events/chunk-progress";
import { completeSync, endSync, fullPlan, startSync } from "@millrace/shared/events/evolve-course";
import type { Fact, FactOf } from "@millrace/shared/events/facts";
import { derivedSyncId } from "@millrace/shared/events/identifiers";
import { emptyLedger } from "@millrace/shared/events/ledger";
import type { AccountRef } from "@millrace/shared/events/subjects";

/** Messages that a mailbox shows; what is more is deleted in it, the oldest first. */
export const shownMax = 12;
const mailShare = 1 / 8;
const newMax = 3;
const attachmentShare = 0.4;
/** Contents that many send around in a month. */
const popularCount = 20;
const failedShare = 0.03;
const cancelledShare = 0.01;
const letterShare = 0.02;
/** Somebody looks at dead letters after so many days at most. */
const letterDaysMax = 20;

export interface NewMail {
  readonly id: string;
  /** Of its attachment; null when it has none. */
  readonly content: Buffer | null;
}

/** One day of an account: what its sync does to the store, and what is told of it, in order. */
export interface Day {
  readonly syncId: string;
  readonly status: "completed" | "partial" | "failed" | "cancelled";
  readonly added: readonly NewMail[];
  readonly deleted: readonly string[];
  /** A message that could not be stored. */
  readonly letter: string | null;
  readonly facts: readonly { readonly eventId: string; readonly fact: Fact }[];
}

interface OpenLetter {
  readonly syncId: string;
  readonly progress: ChunkProgress;
  readonly settleOnDay: number;
}

/** A mailbox and its daily syncs, by chance. */
export class AccountLife {
  readonly ref: AccountRef;
  /** It is not synced until this day. */
  restsUntilDay = 0;
  readonly #random: Random;
  #course: AccountCourse = idleCourse;
  #shown: string[] = [];
  #letters: OpenLetter[] = [];
  #syncs = 0;
  #messages = 0;

  constructor(ref: AccountRef, random: Random) {
    this.ref = ref;
    this.#random = random;
  }

  get course(): AccountCourse {
    return this.#course;
  }

  /** Dead letters that somebody discards on that day. */
  discard(day: number): { readonly syncId: string; readonly eventId: string; readonly fact: Fact }[] {
    const due = this.#letters.filter(({ settleOnDay }) => settleOnDay <= day);
    this.#letters = this.#letters.filter(({ settleOnDay }) => settleOnDay > day);
    return due.map(({ syncId, progress }) => {
      const letters = [{ ordinal: 0, outcome: "discarded" as const }];
      const settled = settleLetters(progress, letters);
      if (settled === null) throw new Error("the letter is settled already");
      const mail = { added: [], changed: [], deleted: [] };
      const fact = { type: "dead_letters.settled", syncId, chunkIndex: 0, letters, mail } as const;
      return { syncId, eventId: `${syncId}.discarded`, fact: { ...fact, progress: settled.progress } };
    });
  }

  /** @param month names what many send around then */
  live(day: number, month: number, atMs: number): Day {
    const isFirst = this.#syncs === 0;
    const syncId = derivedSyncId(this.ref, String(this.#syncs++));
    const chance = this.#random.float();
    const fails = !isFirst && chance < failedShare;
    const isCancelled = !isFirst && !fails && chance < failedShare + cancelledShare;
    const hasLetter = !isFirst && !fails && !isCancelled && this.#random.chance(letterShare);
    const hasMail = isFirst || (!fails && !isCancelled && (hasLetter || this.#random.chance(mailShare)));
    const added = hasMail ? this.#newMail(isFirst ? shownMax : 1 + this.#random.below(newMax), month) : [];
    const deleted = this.#shown.splice(0, Math.max(0, this.#shown.length + added.length - shownMax));
    this.#shown.push(...added.map(({ id }) => id));
    const letter = hasLetter ? this.#nextId() : null;
    const status = fails ? "failed" : isCancelled ? "cancelled" : hasLetter ? "partial" : "completed";
    const plan = { syncId, status, added, deleted, letter } as const;
    return { ...plan, facts: this.#tell(plan, day, isFirst, atMs) };
  }

  #nextId = (): string => `m${this.#messages++}`;

  #newMail(count: number, month: number): NewMail[] {
    return Array.from({ length: count }, () => {
      const id = this.#nextId();
      if (!this.#random.chance(attachmentShare)) return { id, content: null };
      const name = this.#random.chance(0.5)
        ? `sent around in ${month}, ${this.#random.below(popularCount)}`
        : `of ${this.ref.accountId} alone, ${id}`;
      return { id, content: Buffer.from(name.repeat(1 + this.#random.below(3))) };
    });
  }

  #tell(
    { syncId, status, added, deleted, letter }: Omit<Day, "facts">,
    day: number,
    isFirst: boolean,
    atMs: number,
  ): Day["facts"] {
    const startedAt = new Date(atMs).toISOString();
    const sync = begin(syncId, startedAt, isFirst, this.#course.watermark);
    this.#course = startSync(this.#course, sync);
    const request = { syncId, mode: "auto", trigger: "schedule", requestedAt: startedAt } as const;
    const started = { type: "sync.started", syncId, sync, request, course: this.#course } as const;
    const facts: { eventId: string; fact: Fact }[] = [{ eventId: `${syncId}.started`, fact: started }];
    const ended = (fact: Fact) => [...facts, { eventId: `${syncId}.ended`, fact }];
    if (status === "failed" || status === "cancelled") {
      this.#course = endSync(this.#course, syncId);
      const course = this.#course;
      if (status === "cancelled") return ended({ type: "sync.cancelled", syncId, request: null, course });
      const why = { category: "unknown", message: "Gmail answered with something else", request: null };
      return ended({ type: "sync.failed", syncId, ...why, course });
    }
    const ids = [...added.map(({ id }) => id), ...deleted, ...(letter === null ? [] : [letter])];
    const page = pageOf(sync, ids, isFirst);
    facts.push({ eventId: `${syncId}.page.0`, fact: page });
    let progress = noProgress;
    if (ids.length > 0) {
      const fetched = settle(syncId, added, deleted, letter);
      progress = fetched.progress;
      facts.push({ eventId: `${syncId}.chunk.0.settled`, fact: fetched });
    }
    if (letter !== null)
      this.#letters.push({ syncId, progress, settleOnDay: day + 1 + this.#random.below(letterDaysMax) });
    const watermark = String(1_000 + this.#syncs);
    this.#course = completeSync(this.#course, syncId, watermark);
    const { ledger, revision, settledCount } = progress;
    const end = {
      type: "sync.completed",
      syncId,
      status: letter === null ? "completed" : "partial",
    } as const;
    return ended({ ...end, ledger, revision, chunkCount: settledCount, watermark, course: this.#course });
  }
}

const begin = (syncId: string, startedAt: string, isFirst: boolean, since: string | null): ActiveSync => ({
  syncId,
  mode: isFirst ? "full" : "incremental",
  requestedMode: "auto",
  scope: {},
  chunkSize: 100,
  windowChunks: 4,
  content: "full",
  startedAt,
  run: 0,
  plan: isFirst ? [...fullPlan] : ["changes"],
  since: isFirst ? null : since,
  round: 0,
  joined: 0,
  pausedMs: 0,
});

const pageOf = (
  { syncId, since }: ActiveSync,
  messageIds: readonly string[],
  isFirst: boolean,
): FactOf<"page.listed"> => ({
  type: "page.listed",
  syncId,
  pageNumber: 0,
  messageIds: [...messageIds],
  nextPageToken: null,
  mark: createHash("sha256").update(syncId).digest("hex").slice(0, 8),
  firstChunk: 0,
  chunkCount: messageIds.length > 0 ? 1 : 0,
  chunkSize: 100,
  listedBefore: 0,
  estimatedTotal: messageIds.length,
  baseline: isFirst ? "1000" : null,
  stage: isFirst ? "listing" : "changes",
  round: 0,
  since,
  watermark: "1001",
  joined: 0,
  hadCopy: !isFirst,
  changes: null,
});

function settle(
  syncId: string,
  added: readonly NewMail[],
  deleted: readonly string[],
  letter: string | null,
): FactOf<"chunk.fetched"> {
  const deadLettered = letter === null ? 0 : 1;
  const listed = added.length + deleted.length + deadLettered;
  const ledger = { ...emptyLedger, listed, stored: added.length, gone: deleted.length, deadLettered };
  const progress = settleChunk(noProgress, 0, ledger);
  if (progress === null) throw new Error("the chunk is settled already");
  const letters =
    letter === null
      ? []
      : [{ ordinal: 0, messageId: letter, category: "bad_item" as const, message: "it cannot be read" }];
  return {
    type: "chunk.fetched",
    syncId,
    chunkIndex: 0,
    pageNumber: 0,
    lane: "live",
    ledger,
    attempt: 1,
    letters,
    mail: { added: added.map(({ id }) => id), changed: [], deleted: [...deleted] },
    progress,
  };
}
