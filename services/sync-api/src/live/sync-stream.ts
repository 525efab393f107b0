import { isAfter, type LogPosition } from "@millrace/shared/projection/views";
import { isOver, type Sync } from "../resources/sync.ts";
import { eventText, LiveStream } from "./live-stream.ts";
import type { StreamLimits } from "./stream-limits.ts";
import { parseVersion } from "./version.ts";

export interface SyncStreamOptions {
  /** The one sync that is watched, whose end is the stream's; null: all of a tenant. */
  readonly syncId: string | null;
  /** The client has seen everything up to this version; null: nothing yet. */
  readonly after: LogPosition | null;
  /** The client knows that something is asked for there, and waits for the end after it; null: for any end. */
  readonly awaited: LogPosition | null;
  readonly limits: StreamLimits;
}

/**
 * Syncs, each in its newest state. What a slow client has not taken is kept once a sync, so memory is bounded by the number of
 * syncs and not by how much happens to them. Versions only grow along a stream (rule I8), so the id of the last event says
 * where to resume.
 */
export class SyncStream extends LiveStream {
  readonly #syncId: string | null;
  readonly #limits: StreamLimits;
  readonly #awaited: LogPosition | null;
  /** The newest version that was accepted. */
  #floor: LogPosition | null;
  /** What changed while the snapshot was being read. */
  #early: Sync[] = [];
  /** Not taken yet, one state a sync, in the order of versions. */
  readonly #pending = new Map<string, Sync>();

  constructor({ syncId, after, awaited, limits }: SyncStreamOptions) {
    super(limits);
    this.#syncId = syncId;
    this.#floor = after;
    this.#awaited = awaited;
    this.#limits = limits;
  }

  /** @param snapshot where to begin, in the order of versions; read after the stream began to be offered changes */
  begin(snapshot: readonly Sync[]): void {
    if (this.state === "opening") {
      this.goLive();
      this.#accept(snapshot, this.#floor);
      this.#accept(this.#early, this.#floor);
      this.#early = [];
    }
    this.flush();
  }

  /** @param changed in the order of versions */
  offer(changed: readonly Sync[]): void {
    if (this.state === "live") this.#accept(changed, this.#floor);
    if (this.state === "opening") this.#early.push(...changed);
    if (this.#early.length > this.#limits.syncsMax) this.destroy();
    this.flush();
  }

  protected override nextText(): string | null {
    for (const [id, sync] of this.#pending) {
      this.#pending.delete(id);
      return eventText("sync", sync.version, sync);
    }
    return null;
  }

  protected override isAllTaken(): boolean {
    return this.#pending.size === 0;
  }

  protected override forget(): void {
    this.#pending.clear();
    this.#early = [];
  }

  #accept(syncs: readonly Sync[], floor: LogPosition | null): void {
    for (const sync of syncs) {
      const version = parseVersion(sync.version);
      if (sync.id === this.#syncId && isOver(sync) && !isBefore(version, this.#awaited))
        this.finish(endText(sync));
      if (version === null || (floor !== null && !isAfter(version, floor))) continue;
      this.#floor = version;
      this.#pending.delete(sync.id); // it goes to the end: the map is in the order of versions
      this.#pending.set(sync.id, sync);
      if (this.#pending.size < this.#limits.syncsMax) continue;
      this.finish(null); // the client resumes after the last of these
      return;
    }
  }
}

const isBefore = (version: LogPosition | null, awaited: LogPosition | null): boolean =>
  version !== null && awaited !== null && isAfter(awaited, version);

/** Tells clients that connect again by themselves that there is nothing more to come. */
export const endText = ({ id, status, version }: Pick<Sync, "id" | "status" | "version">): string =>
  eventText("end", version, { syncId: id, status });
