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
  /** When the run ends although something is left, after so long or so many; absent: never. */
  readonly limits?: { readonly ms: number; readonly rows: number };
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
  readonly #limits: { readonly ms: number; readonly rows: number };
  readonly #beganMs = performance.now();
  #workedSinceMs = performance.now();
  #rows = 0;
  #isCut = false;

  constructor({ now, tenantId, isDryRun, signal, restFactor = async () => 0, limits }: ScopeOptions) {
    this.now = now;
    this.tenantId = tenantId;
    this.isDryRun = isDryRun;
    this.signal = signal;
    this.#restFactor = restFactor;
    this.#limits = limits ?? { ms: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
  }

  /** @param tenantId whose; null: nobody's, or several tenants' */
  count(kind: string, tenantId: string | null, count: number, bytes = 0): void {
    if (count === 0 && bytes === 0) return;
    const removed = this.#removed.get(tenantId) ?? { counts: {}, bytes: 0 };
    removed.counts[kind] = (removed.counts[kind] ?? 0) + count;
    removed.bytes += bytes;
    this.#rows += count;
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

  /** To be asked before each piece of work: false when the run has had its share, and the next one is to do the rest. */
  mayGoOn(): boolean {
    const { ms, rows } = this.#limits;
    const isOver = performance.now() - this.#beganMs >= ms || this.#rows >= rows;
    if (isOver && !this.isDryRun) this.#isCut = true;
    return !this.#isCut;
  }

  /** What is left waits for something else: the next run does it, soon. */
  leaveRest(): void {
    this.#isCut = true;
  }

  /** Whether all was done that there was to do, as far as the run has looked. */
  get isDone(): boolean {
    return !this.#isCut;
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
