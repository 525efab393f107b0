import { setTimeout as sleep } from "node:timers/promises";

/** What was removed, or would be. */
export interface Removed {
  /** By kind. */
  readonly counts: Readonly<Record<string, number>>;
  readonly bytes: number;
}

export interface ScopeOptions {
  readonly now: Date;
  /** Only what belongs to this tenant; null: to anybody. */
  readonly tenantId: string | null;
  /** Counts and removes nothing. */
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  /** How many times as long as it has worked a run rests after each piece, asked for each time; 0: not at all. */
  readonly restFactor?: () => Promise<number>;
}

/** A piece that has taken long because much was going on must not be followed by the next one soon. */
const restMsMax = 20_000;

/** One run of a task: what it may look at, and what it has done so far. */
export class RetentionScope {
  readonly now: Date;
  readonly tenantId: string | null;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  readonly #restFactor: () => Promise<number>;
  readonly #removed = new Map<string | null, { counts: Record<string, number>; bytes: number }>();
  #workedSinceMs = performance.now();

  constructor({ now, tenantId, isDryRun, signal, restFactor = async () => 0 }: ScopeOptions) {
    this.now = now;
    this.tenantId = tenantId;
    this.isDryRun = isDryRun;
    this.signal = signal;
    this.#restFactor = restFactor;
  }

  /** @param tenantId whose; null: nobody's, or several tenants' */
  count(kind: string, tenantId: string | null, count: number, bytes = 0): void {
    if (count === 0 && bytes === 0) return;
    const removed = this.#removed.get(tenantId) ?? { counts: {}, bytes: 0 };
    removed.counts[kind] = (removed.counts[kind] ?? 0) + count;
    removed.bytes += bytes;
    this.#removed.set(tenantId, removed);
  }

  /** Between two pieces of work: rests in proportion to the last one, and throws when the run shall stop. */
  async pause(): Promise<void> {
    this.signal.throwIfAborted();
    const workedMs = performance.now() - this.#workedSinceMs;
    const restMs = Math.min(workedMs * (await this.#restFactor()), restMsMax);
    if (restMs >= 1) await sleep(restMs, undefined, { signal: this.signal });
    this.#workedSinceMs = performance.now();
  }

  /** Of each tenant; what is nobody's stands under null. */
  removedByTenant(): ReadonlyMap<string | null, Removed> {
    return this.#removed;
  }

  removed(): Removed {
    const counts: Record<string, number> = {};
    let bytes = 0;
    for (const part of this.#removed.values()) {
      bytes += part.bytes;
      for (const [kind, count] of Object.entries(part.counts)) counts[kind] = (counts[kind] ?? 0) + count;
    }
    return { counts, bytes };
  }
}
