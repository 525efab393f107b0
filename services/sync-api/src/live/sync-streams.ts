import { setTimeout as sleep } from "node:timers/promises";
import { isAfter, type LogPosition } from "@millrace/shared/projection/views";
import { ApiProblem } from "../http/problem.ts";
import type { Sync } from "../resources/sync.ts";
import type { ProgressHub } from "./progress-hub.ts";
import type { StreamLimits } from "./stream-limits.ts";
import { SyncStream } from "./sync-stream.ts";
import { parseVersion } from "./version.ts";

/** What is asked for with a stream. */
export interface StreamRequest {
  readonly tenantId: string;
  /** Only this sync; null: all of the tenant. */
  readonly syncId: string | null;
  readonly lastEventId: string | undefined;
  /** When what the client has shown ends, and with it the stream; null: it does not. */
  readonly endsAtMs: number | null;
  /** The key or browser token that the client has shown. */
  readonly holder: string;
}

/** How far a snapshot must reach back. */
export interface SnapshotNeed {
  /** What the client has seen; null: it begins. */
  readonly after: LogPosition | null;
  /** Changes after this are offered by themselves. */
  readonly since: LogPosition;
  readonly syncsMax: number;
}

const closeGraceMs = 1_000;
const retryAfterSeconds = "10";

/** The live streams of this process: opens them within limits, and closes them all. */
export class SyncStreams {
  readonly #hub: ProgressHub;
  readonly #limits: StreamLimits;
  readonly #open = new Map<SyncStream, { readonly tenantId: string; readonly holder: string }>();
  #isClosing = false;

  constructor(hub: ProgressHub, limits: StreamLimits) {
    this.#hub = hub;
    this.#limits = limits;
  }

  /**
   * @param read reads the state to begin with, in the order of versions; what it throws, this throws
   * @throws {ApiProblem} too_many_streams, stopping
   */
  async open(
    { tenantId, syncId, lastEventId, endsAtMs, holder }: StreamRequest,
    read: (need: SnapshotNeed) => Promise<readonly Sync[]>,
  ): Promise<SyncStream> {
    this.#admit(tenantId);
    const after = await this.#believable(parseVersion(lastEventId));
    const stream = new SyncStream({ syncId, after, limits: this.#limitsUntil(endsAtMs) });
    this.#open.set(stream, { tenantId, holder });
    stream.once("close", () => this.#open.delete(stream));
    try {
      const { position, unwatch } = await this.#hub.watch(tenantId, {
        syncId,
        offer: (changed) => stream.offer(changed),
      });
      if (stream.closed) unwatch();
      else stream.once("close", unwatch);
      stream.begin(await read({ after, since: position, syncsMax: this.#limits.syncsMax }));
      return stream;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** An id from beyond what was ever projected is another database's: the client begins anew. */
  async #believable(after: LogPosition | null): Promise<LogPosition | null> {
    if (after === null) return null;
    const checkpoint = await this.#hub.readCheckpoint();
    return checkpoint !== null && isAfter(after, checkpoint) ? null : after;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Whose keys and tokens have streams open. */
  holders(): string[] {
    return [...new Set(this.#open.values().map(({ holder }) => holder))];
  }

  endOf(holders: ReadonlySet<string>): void {
    for (const [stream, { holder }] of this.#open) if (holders.has(holder)) stream.end();
  }

  /** Opens no more, and closes those that are open: clients connect again, to another copy. */
  async closeAll(): Promise<void> {
    this.#isClosing = true;
    for (const stream of this.#open.keys()) stream.end();
    const deadline = Date.now() + closeGraceMs;
    while (this.#open.size > 0 && Date.now() < deadline) await sleep(10);
    for (const stream of this.#open.keys()) stream.destroy();
  }

  #limitsUntil(endsAtMs: number | null): StreamLimits {
    if (endsAtMs === null) return this.#limits;
    const leftMs = Math.max(endsAtMs - Date.now(), 0);
    return { ...this.#limits, lifetimeMs: Math.min(leftMs, this.#limits.lifetimeMs) };
  }

  #admit(tenantId: string): void {
    if (this.#isClosing) throw new ApiProblem("stopping", "This copy of the service stops. Connect again.");
    const ofTenant = this.#open
      .values()
      .reduce((count, owner) => count + (owner.tenantId === tenantId ? 1 : 0), 0);
    const { streamsMax, streamsPerTenantMax } = this.#limits;
    if (this.#open.size < streamsMax && ofTenant < streamsPerTenantMax) return;
    throw new ApiProblem(
      "too_many_streams",
      `At most ${streamsPerTenantMax} live streams a tenant and ${streamsMax} in all are open at once. Close some, or try again shortly.`,
      { headers: { "retry-after": retryAfterSeconds } },
    );
  }
}
