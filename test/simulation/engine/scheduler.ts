import { nextTick } from "node:process";
import type { SimulatedProcess } from "./simulated-process.ts";

/** Something of a process that waits for its turn. */
interface Parked {
  readonly process: SimulatedProcess;
  readonly what: string;
  readonly go: () => void;
}

interface Timer {
  readonly atMs: number;
  /** Null for what belongs to the world and outlives every process. */
  readonly process: SimulatedProcess | null;
  readonly fire: () => void;
}

/**
 * Runs asynchronous code one effect at a time in virtual time. Every port call parks at a point and takes effect
 * when it is let go; between two points the code of a process runs undisturbed, because it is pure. A process that
 * is killed keeps nothing: what it parked is never let go.
 */
export class Scheduler {
  /** Milliseconds since the epoch. */
  nowMs: number;
  readonly ready: Parked[] = [];
  /** Processes that stand still, with what they have under way. */
  readonly #frozen = new Map<SimulatedProcess, Parked[]>();
  #timers: Timer[] = [];
  /** The next process that parks at this point is to stand still for so long. */
  #awaited: { readonly what: string; readonly ms: number } | null = null;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** Waits until the scheduler lets it go. */
  point(process: SimulatedProcess, what: string): Promise<void> {
    return new Promise((go) => {
      this.#park({ process, what, go });
    });
  }

  /** A process stands still, and the others do not. It knows nothing of it when it goes on. */
  freeze(process: SimulatedProcess, ms: number): void {
    if (process.isDead || this.#frozen.has(process)) return;
    this.#frozen.set(process, []);
    for (const parked of this.ready.splice(0)) this.#park(parked);
    this.at(this.nowMs + ms, process, () => {
      const parked = this.#frozen.get(process) ?? [];
      this.#frozen.delete(process);
      for (const one of parked) this.#park(one);
    });
  }

  /** Whoever comes to a point next stands still there. */
  freezeAt(what: string, ms: number): void {
    this.#awaited = { what, ms };
  }

  #park(parked: Parked): void {
    if (this.#awaited?.what === parked.what) {
      const { ms } = this.#awaited;
      this.#awaited = null;
      this.freeze(parked.process, ms);
    }
    if (!parked.process.isDead) (this.#frozen.get(parked.process) ?? this.ready).push(parked);
  }

  /** Waits for a while of virtual time, and then for its turn. Rejects when the process is told to stop. */
  sleep(process: SimulatedProcess, ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (process.isDead) return;
      let isOver = false;
      const wake = (go: () => void) => (): void => {
        if (isOver) return;
        isOver = true;
        this.#park({ process, what: "wakes", go });
      };
      process.onAbort(wake(() => reject(process.signal.reason)));
      this.at(this.nowMs + ms, process, wake(resolve));
    });
  }

  at(atMs: number, process: SimulatedProcess | null, fire: () => void): void {
    this.#timers.push({ atMs, process, fire });
  }

  /** Lets one go; resolves when it has parked again, or ended. Each effect takes a millisecond. */
  letGo(index: number): Promise<void> {
    this.nowMs++;
    const [parked] = this.ready.splice(index, 1);
    parked?.go();
    return settled();
  }

  get hasTimers(): boolean {
    return this.#timers.length > 0;
  }

  /** Moves the time to the next timer, and fires it. */
  fireNext(): void {
    const [next] = this.#timers.splice(this.#nextIndex(), 1);
    if (next === undefined) return;
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.fire();
  }

  /** The earliest; of several, the one that was set first. */
  #nextIndex(): number {
    let index = 0;
    for (let i = 1; i < this.#timers.length; i++) {
      if ((this.#timers[i]?.atMs ?? 0) < (this.#timers[index]?.atMs ?? 0)) index = i;
    }
    return index;
  }

  /** Forgets what a process has under way. */
  forget(process: SimulatedProcess): void {
    const left = this.ready.filter((parked) => parked.process !== process);
    this.ready.length = 0;
    this.ready.push(...left);
    this.#frozen.delete(process);
    this.#timers = this.#timers.filter((timer) => timer.process !== process);
  }
}

/** Resolves when no promise is left that could go on by itself: ticks come after all of them. */
export function settled(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}
