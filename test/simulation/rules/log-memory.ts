import type { ActiveSync } from "@millrace/shared/events/account-course";
import type { CheckpointFact, CourseFact, Fact, FactOf } from "@millrace/shared/events/facts";
import type { StoredMessage } from "../broker/memory-stream.ts";

type Page = FactOf<"page.listed">;

/** A dead letter as the facts told it, whatever became of them. */
export interface KnownLetter {
  readonly ordinal: number;
  readonly messageId: string;
  readonly chunkIndex: number;
}

/** What the log says, kept in the order of its writing, so that each new fact can be judged by those before it. */
export class LogMemory {
  /** The newest fact about each account's syncs. */
  readonly courses = new Map<string, CourseFact>();
  /** The newest checkpoint of each sync. */
  readonly checkpoints = new Map<string, CheckpointFact>();
  /** Pages of each sync that the log has, by number. */
  readonly pages = new Map<string, Map<number, Page>>();
  /** Syncs that the log has the end of. */
  readonly ended = new Set<string>();
  /** Also what was lost: the newest of each page and letter, and the most chunks that a sync ever had settled. */
  readonly pagesEver = new Map<string, Map<number, Page>>();
  readonly lettersEver = new Map<string, Map<number, KnownLetter>>();
  readonly settledEver = new Map<string, number>();
  readonly activeEver = new Map<string, ActiveSync>();
  /** Messages whose letters somebody has discarded. */
  readonly discarded = new Set<string>();
  /** By sync: those that were coalesced into it. */
  readonly joined = new Map<string, string[]>();

  /** Something that had paused has gone on. */
  hasGoneOn = false;

  remember(accountId: string, fact: Fact): void {
    if (fact.type === "sync.resumed" || fact.type === "account.reconnected") this.hasGoneOn = true;
    if ("course" in fact) {
      this.courses.set(accountId, fact);
      const { active } = fact.course;
      if (active !== null) this.activeEver.set(active.syncId, active);
      for (const syncId of endedBy(fact)) this.ended.add(syncId);
    }
    if ("progress" in fact) {
      this.checkpoints.set(fact.syncId, fact);
      this.settledEver.set(
        fact.syncId,
        Math.max(this.settledEver.get(fact.syncId) ?? 0, fact.progress.settledCount),
      );
    }
    if (fact.type === "sync.coalesced") {
      this.joined.set(fact.into, [...(this.joined.get(fact.into) ?? []), fact.syncId]);
    }
    if (fact.type === "dead_letters.settled") {
      for (const { ordinal, outcome } of fact.letters) {
        const id = this.lettersEver.get(fact.syncId)?.get(ordinal)?.messageId;
        if (outcome === "discarded" && id !== undefined) this.discarded.add(id);
      }
    }
    if (fact.type === "page.listed") {
      put(this.pages, fact.syncId, fact.pageNumber, fact);
      put(this.pagesEver, fact.syncId, fact.pageNumber, fact);
    }
    if (fact.type === "chunk.fetched" || fact.type === "chunk.dead_lettered") {
      for (const { ordinal, messageId } of fact.letters) {
        put(this.lettersEver, fact.syncId, ordinal, { ordinal, messageId, chunkIndex: fact.chunkIndex });
      }
    }
  }

  /** A page is listed: what a lost log had behind it is not part of this listing. */
  forgetBehind({ syncId, pageNumber }: Page): void {
    const pages = this.pagesEver.get(syncId);
    for (const number of [...(pages?.keys() ?? [])]) if (number > pageNumber) pages?.delete(number);
  }

  /** After the log has lost something. */
  readAgain(messages: Iterable<StoredMessage>, accountOf: (message: StoredMessage) => string): void {
    for (const map of [this.courses, this.checkpoints, this.pages]) map.clear();
    this.ended.clear();
    for (const message of messages) this.remember(accountOf(message), message.json as Fact);
  }

  newestPage(syncId: string): Page | null {
    const pages = this.pagesEver.get(syncId);
    return pages === undefined ? null : (pages.get(Math.max(...pages.keys())) ?? null);
  }

  /** The ids of a chunk, as they were listed; null when its page is not known. */
  idsOf(syncId: string, chunkIndex: number): readonly string[] | null {
    for (const page of this.pagesEver.get(syncId)?.values() ?? []) {
      const start = (chunkIndex - page.firstChunk) * page.chunkSize;
      if (chunkIndex < page.firstChunk || chunkIndex >= page.firstChunk + page.chunkCount) continue;
      return page.messageIds.slice(start, start + page.chunkSize);
    }
    return null;
  }

  listedIds(syncId: string): string[] {
    return [...(this.pagesEver.get(syncId)?.values() ?? [])].flatMap(({ messageIds }) => messageIds);
  }

  /** The listing that a sync has begun last: its pages, the first one first. */
  listing(syncId: string): Page[] {
    const pages = [...(this.pagesEver.get(syncId)?.values() ?? [])].filter(
      ({ stage }) => stage === "listing",
    );
    const round = Math.max(...pages.map((page) => page.round));
    return pages.filter((page) => page.round === round).sort((a, b) => a.pageNumber - b.pageNumber);
  }

  /** True when a message was set aside by this sync, now or ever. */
  isLetter(syncId: string, messageId: string): boolean {
    return [...(this.lettersEver.get(syncId)?.values() ?? [])].some(
      (letter) => letter.messageId === messageId,
    );
  }

  isLetterOfAny(messageId: string): boolean {
    return [...this.lettersEver.keys()].some((syncId) => this.isLetter(syncId, messageId));
  }
}

/** Syncs that a fact ends. */
export function endedBy(fact: Fact): readonly string[] {
  if (fact.type === "account.removal_requested") return fact.cancelled;
  return isEnd(fact) ? [fact.syncId] : [];
}

type End =
  | FactOf<"sync.completed">
  | FactOf<"sync.failed">
  | FactOf<"sync.cancelled">
  | FactOf<"sync.coalesced">;

export function isEnd(fact: Fact): fact is End {
  return ["sync.completed", "sync.failed", "sync.cancelled", "sync.coalesced"].includes(fact.type);
}

function put<V>(maps: Map<string, Map<number, V>>, key: string, index: number, value: V): void {
  const map = maps.get(key) ?? new Map<number, V>();
  map.set(index, value);
  maps.set(key, map);
}
