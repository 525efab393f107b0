import { setTimeout as sleep } from "node:timers/promises";
import { ApiProblem } from "../http/problem.ts";
import type { LiveStream } from "./live-stream.ts";
import type { StreamLimits } from "./stream-limits.ts";

/** Whose a stream is. */
export interface StreamOwner {
  /** "" of an operator. */
  readonly tenantId: string;
  /** When what the client has shown ends, and with it the stream; null: it does not. */
  readonly endsAtMs: number | null;
  /** The key or browser token that the client has shown; null: one that nobody revokes. */
  readonly holder: string | null;
}

const closeGraceMs = 1_000;
const retryAfterSeconds = "10";

/** The live streams of this process: lets them open within limits, and closes them all. */
export class LiveStreams {
  readonly #limits: StreamLimits;
  readonly #open = new Map<LiveStream, StreamOwner>();
  #isClosing = false;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /**
   * @param make makes the stream; it counts as open until it is closed
   * @throws {ApiProblem} too_many_streams, stopping
   */
  open<S extends LiveStream>(owner: StreamOwner, make: (limits: StreamLimits) => S): S {
    this.#admit(owner.tenantId);
    const stream = make(this.#limitsUntil(owner.endsAtMs));
    this.#open.set(stream, owner);
    stream.once("close", () => this.#open.delete(stream));
    return stream;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Whose keys and tokens have streams open. */
  holders(): string[] {
    const holders = this.#open.values().map(({ holder }) => holder);
    return [...new Set(holders.filter((holder) => holder !== null))];
  }

  endOf(holders: ReadonlySet<string>): void {
    for (const [stream, { holder }] of this.#open) if (holder !== null && holders.has(holder)) stream.end();
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
