import { setTimeout as sleep } from "node:timers/promises";

/** Who waits looks once in so long, too, whether its time is over. */
const lookMs = 1_000;
/** Who has waited so long goes on: more memory for moments is better than work that stands still. */
const waitMsMax = 120_000;

/**
 * Bytes that may be held at once by all who read large answers. A lease grows with what has arrived; when all is given
 * away it waits, and so does whoever sends. The oldest lease never waits: somebody always gets on, and what is larger
 * than the whole budget is held all the same, when its turn comes.
 */
export class ByteBudget {
  readonly #bytesMax: number;
  /** The oldest first. */
  readonly #held = new Map<ByteLease, number>();
  #waiting: (() => void)[] = [];

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Holds nothing yet. */
  lease(): ByteLease {
    const lease: ByteLease = {
      hold: (bytes, signal) => this.#hold(lease, bytes, signal),
      release: () => {
        if (this.#held.delete(lease)) this.#wake();
      },
    };
    return lease;
  }

  async #hold(lease: ByteLease, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#held.has(lease)) this.#held.set(lease, 0);
    const endsAtMs = performance.now() + waitMsMax;
    while (!this.#mayHold(lease, bytes) && performance.now() < endsAtMs) {
      await Promise.race([this.#changed(), sleep(lookMs, undefined, { ref: false })]);
      signal?.throwIfAborted();
    }
    const before = this.#held.get(lease) ?? 0;
    this.#held.set(lease, bytes);
    if (bytes < before) this.#wake();
  }

  #mayHold(lease: ByteLease, bytes: number): boolean {
    if (bytes <= (this.#held.get(lease) ?? 0) || this.#held.keys().next().value === lease) return true;
    let others = 0;
    for (const [other, held] of this.#held) if (other !== lease) others += held;
    return others + bytes <= this.#bytesMax;
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }
}

/** What one reader holds of a budget. */
export interface ByteLease {
  /**
   * From now on this holds so many bytes, instead of those before; waits for them as long as others hold too many.
   *
   * @throws `signal.reason` when aborted, within a second; then it holds what it held
   */
  hold(bytes: number, signal: AbortSignal | undefined): Promise<void>;
  /** Holds nothing any more. Harmless when it does not. */
  release(): void;
}
