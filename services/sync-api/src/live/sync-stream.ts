import { Readable } from "node:stream";
import { isAfter, type LogPosition } from "@millrace/shared/projection/views";
import { hasEnded, type Sync } from "../resources/sync.ts";
import type { StreamLimits } from "./stream-limits.ts";
import { parseVersion } from "./version.ts";

export interface SyncStreamOptions {
  /** The one sync that is watched, whose end is the stream's; null: all of a tenant. */
  readonly syncId: string | null;
  /** The client has seen everything up to this version; null: nothing yet. */
  readonly after: LogPosition | null;
  readonly limits: StreamLimits;
}

/**
 * What one client is sent, as server-sent events (HTML standard, section 9.2).
 *
 *     opening --begin(snapshot)--> live --the sync has ended | end() | too much--> ending --all is taken--> closed
 *
 * The socket pulls. What a slow client has not taken is kept once a sync, in its newest state, so memory is
 * bounded by the number of syncs and not by how much happens to them. Versions only grow along a stream (rule
 * I8), so the id of the last event says where to resume.
 */
export class SyncStream extends Readable {
  readonly #syncId: string | null;
  readonly #limits: StreamLimits;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #lifetime: NodeJS.Timeout;
  #state: "opening" | "live" | "ending" | "closed" = "opening";
  /** The newest version that was accepted. */
  #floor: LogPosition | null;
  /** What changed while the snapshot was being read. */
  #early: Sync[] = [];
  /** Not taken yet, one state a sync, in the order of versions. */
  readonly #pending = new Map<string, Sync>();
  /** The watched sync's last state. */
  #final: Sync | null = null;
  #isWanted = false;
  #stalledHeartbeats = 0;

  constructor({ syncId, after, limits }: SyncStreamOptions) {
    super({ highWaterMark: 1 }); // one event ahead of the socket: the others stay replaceable
    this.#syncId = syncId;
    this.#floor = after;
    this.#limits = limits;
    this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs).unref();
    this.#lifetime = setTimeout(() => this.end(), limits.lifetimeMs).unref();
    this.push(`retry: ${limits.retryMs}\n\n`);
  }

  /** @param snapshot where to begin, in the order of versions; read after the stream began to be offered changes */
  begin(snapshot: readonly Sync[]): void {
    if (this.#state === "opening") {
      this.#state = "live";
      this.#accept(snapshot, this.#floor);
      this.#accept(this.#early, this.#floor);
      this.#early = [];
    }
    this.#flush();
  }

  /** @param changed in the order of versions */
  offer(changed: readonly Sync[]): void {
    if (this.#state === "live") this.#accept(changed, this.#floor);
    if (this.#state === "opening") this.#early.push(...changed);
    if (this.#early.length > this.#limits.syncsMax) this.destroy();
    this.#flush();
  }

  /** Sends what is pending, and closes. */
  end(): void {
    if (this.#state !== "closed") this.#state = "ending";
    this.#flush();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#stalledHeartbeats = 0;
    this.#flush();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#close();
    callback(error);
  }

  #accept(syncs: readonly Sync[], floor: LogPosition | null): void {
    for (const sync of syncs) {
      if (sync.id === this.#syncId && hasEnded(sync)) this.#end(sync);
      const version = parseVersion(sync.version);
      if (version === null || (floor !== null && !isAfter(version, floor))) continue;
      this.#floor = version;
      this.#pending.delete(sync.id); // it goes to the end: the map is in the order of versions
      this.#pending.set(sync.id, sync);
      if (this.#pending.size < this.#limits.syncsMax) continue;
      this.#state = "ending"; // the client resumes after the last of these
      return;
    }
  }

  #end(final: Sync): void {
    this.#final = final;
    this.#state = "ending";
  }

  #flush(): void {
    for (const [id, sync] of this.#pending) {
      if (!this.#isWanted) return;
      this.#pending.delete(id);
      this.#isWanted = this.push(`event: sync\nid: ${sync.version}\ndata: ${JSON.stringify(sync)}\n\n`);
    }
    if (this.#state !== "ending" || this.#pending.size > 0) return;
    if (this.#final !== null) this.push(endEvent(this.#final));
    this.push(null);
    this.#close();
  }

  #beat(): void {
    if (this.readableLength === 0) this.push(": heartbeat\n\n");
    else if (++this.#stalledHeartbeats >= this.#limits.stalledHeartbeatsMax) this.destroy();
  }

  #close(): void {
    this.#state = "closed";
    this.#pending.clear();
    this.#early = [];
    clearInterval(this.#heartbeat);
    clearTimeout(this.#lifetime);
  }
}

/** Tells clients that connect again by themselves that there is nothing more to come. */
function endEvent({ id, status, version }: Sync): string {
  return `event: end\nid: ${version}\ndata: ${JSON.stringify({ syncId: id, status })}\n\n`;
}
