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
  /** The run that writes down what was removed; absent: nobody does. */
  readonly runId?: string | null;
  /** What was removed before by whoever had the run, by tenant; null: nobody's. */
  readonly earlier?: ReadonlyMap<string | null, Removed>;
  readonly signal: AbortSignal;
  /** How many times as long as it has worked a run rests after each piece, asked for each time; 0: not at all. */
  readonly restFactor?: () => Promise<number>;
  /** Whether the run is to end early because somebody waits for another one, asked after each piece; absent: it never is. */
  readonly makesWay?: () => Promise<boolean>;
  /** When the run ends although something is left, after so long or so many; absent: never. */
  readonly limits?: { readonly ms: number; readonly rows: number };
  /** Up to where the run before this one came, as it said; absent: this one begins at the beginning. */
  readonly resumeAfter?: string | null;
}

/** A piece that has taken long because much was going on must not be followed by the next one soon. */
const restMsMax = 20_000;

/** One run of a task: what it may look at, and what it has done so far. */
export class RetentionScope {
  readonly now: Date;
  readonly tenantId: string | null;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  readonly runId: string | null;
  /** Null: at the beginning. */
  readonly resumeAfter: string | null;
  readonly #restFactor: () => Promise<number>;
  readonly #makesWay: () => Promise<boolean>;
  readonly #removed = new Map<string | null, { counts: Record<string, number>; bytes: number }>();
  readonly #limits: { readonly ms: number; readonly rows: number };
  readonly #beganMs = performance.now();
  #workedSinceMs = performance.now();
  #rows = 0;
  #isCut = false;
  #reached: string | null = null;

  constructor({ now, tenantId, isDryRun, signal, resumeAfter = null, ...pace }: ScopeOptions) {
    this.now = now;
    this.tenantId = tenantId;
    this.isDryRun = isDryRun;
    this.signal = signal;
    this.resumeAfter = resumeAfter;
    const { restFactor = async () => 0, limits, runId = null, earlier = new Map() } = pace;
    this.runId = runId;
    for (const [whose, { counts, bytes }] of earlier)
      this.#removed.set(whose, { counts: { ...counts }, bytes });
    this.#restFactor = restFactor;
    this.#makesWay = pace.makesWay ?? (async () => false);
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

  /**
   * Between two pieces of work: rests in proportion to the last one, and throws when the run shall stop. Where somebody waits it
   * does not rest, and the run may not go on.
   */
  async pause(): Promise<void> {
    this.signal.throwIfAborted();
    if (await this.#makesWay()) return this.leaveRest();
    const workedMs = performance.now() - this.#workedSinceMs;
    const restMs = Math.min(workedMs * (await this.#restFactor()), restMsMax);
    if (restMs >= 1) await sleep(restMs, undefined, { signal: this.signal });
    this.#workedSinceMs = performance.now();
  }

  /**
   * To be asked before each piece of work: false when the run has had its share, and the next one is to do the rest.
   *
   * @param uncounted so much was removed that is counted later
   */
  mayGoOn(uncounted = 0): boolean {
    const { ms, rows } = this.#limits;
    const isOver = performance.now() - this.#beganMs >= ms || this.#rows + uncounted >= rows;
    if (isOver && !this.isDryRun) this.#isCut = true;
    return !this.#isCut;
  }

  /** What is left waits for something else: the next run does it, soon. */
  leaveRest(): void {
    this.#isCut = true;
  }

  /** All before and with this is done: where there is no telling what is left but by looking at all, the next run goes on here. */
  reach(last: string): void {
    this.#reached = last;
  }

  /** Where the next run goes on; null: at the beginning, because all was done, or what is left is found there. */
  get leftAfter(): string | null {
    return this.#isCut || this.signal.aborted ? this.#reached : null;
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
    return sumOf([...this.#removed.values()]);
  }
}

/** All of it together. */
export function sumOf(parts: readonly Removed[]): Removed {
  const counts: Record<string, number> = {};
  let bytes = 0;
  for (const part of parts) {
    bytes += part.bytes;
    for (const [kind, count] of Object.entries(part.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  }
  return { counts, bytes };
}
