import { type ActiveSync, idleCourse } from "@millrace/shared/events/account-course";
import { type ChunkProgress, noProgress, settleChunk } from "@millrace/shared/events/chunk-progress";
import { startSync } from "@millrace/shared/events/evolve-course";
import type { Fact } from "@millrace/shared/events/facts";
import { newSyncId } from "@millrace/shared/events/identifiers";
import { emptyLedger } from "@millrace/shared/events/ledger";
import type { AccountRef } from "@millrace/shared/events/subjects";

const chunksAPage = 500;
const windowChunks = 64;

/** The facts of a sync of many chunks, a message each, as chunker and fetchers would tell them. */
export class LargeSync {
  readonly syncId: string;
  readonly #chunks: number;
  readonly #at = new Date().toISOString();
  #progress: ChunkProgress = noProgress;
  #settled = 0;

  constructor(ref: AccountRef, chunks: number) {
    this.syncId = newSyncId(ref);
    this.#chunks = chunks;
  }

  /** It has started and is listed; a page at a time. */
  *listed(): Iterable<Fact[]> {
    yield [this.#started()];
    for (let firstChunk = 0; firstChunk < this.#chunks; firstChunk += chunksAPage)
      yield [this.#page(firstChunk)];
  }

  /** The next so many chunks are fetched. */
  settle(count: number): Fact[] {
    return Array.from({ length: count }, () => this.#fetched(this.#settled++));
  }

  #started(): Fact {
    const { syncId } = this;
    const sync: ActiveSync = {
      syncId,
      mode: "full",
      requestedMode: "full",
      scope: {},
      chunkSize: 1,
      windowChunks,
      content: "full",
      startedAt: this.#at,
      run: 0,
      plan: ["listing"],
      since: null,
      round: 0,
      joined: 0,
      pausedMs: 0,
    };
    const request = { syncId, mode: "full", trigger: "api", requestedAt: this.#at } as const;
    return { type: "sync.started", syncId, sync, request, course: startSync(idleCourse, sync) };
  }

  #page(firstChunk: number): Fact {
    const chunkCount = Math.min(chunksAPage, this.#chunks - firstChunk);
    return {
      type: "page.listed",
      syncId: this.syncId,
      pageNumber: firstChunk / chunksAPage,
      messageIds: Array.from({ length: chunkCount }, (_, n) => `m${firstChunk + n}`),
      nextPageToken: firstChunk + chunkCount < this.#chunks ? "more" : null,
      firstChunk,
      chunkCount,
      chunkSize: 1,
      listedBefore: firstChunk,
      estimatedTotal: this.#chunks,
      baseline: null,
      stage: "listing",
      round: 0,
      since: null,
      watermark: null,
      joined: 0,
      hadCopy: false,
      mark: "",
      changes: null,
    };
  }

  #fetched(chunkIndex: number): Fact {
    const ledger = { ...emptyLedger, listed: 1, stored: 1 };
    this.#progress = settleChunk(this.#progress, chunkIndex, ledger) ?? this.#progress;
    return {
      type: "chunk.fetched",
      syncId: this.syncId,
      chunkIndex,
      pageNumber: Math.floor(chunkIndex / chunksAPage),
      lane: "bulk",
      ledger,
      attempt: 1,
      letters: [],
      mail: { added: [], changed: [], deleted: [] },
      progress: this.#progress,
    };
  }
}
