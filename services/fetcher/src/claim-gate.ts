import { setTimeout as sleep } from "node:timers/promises";

const lookMs = 1_000;

/**
 * Lets claims of this process run beside each other, or one of them alone. Who wants to be alone goes first, so
 * that it does not wait for ever.
 */
export class ClaimGate {
  #running = 0;
  #isAlone = false;
  #wantAlone = 0;
  #waiting: (() => void)[] = [];

  /**
   * @param isAlone no other claim of this process runs meanwhile
   * @param whileWaiting called about once a second until it is let in
   */
  async run<T>(
    isAlone: boolean,
    whileWaiting: () => void,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    await this.#enter(isAlone, whileWaiting, signal);
    try {
      return await work();
    } finally {
      this.#running--;
      if (isAlone) this.#isAlone = false;
      this.#wake();
    }
  }

  async #enter(isAlone: boolean, whileWaiting: () => void, signal: AbortSignal): Promise<void> {
    if (isAlone) this.#wantAlone++;
    try {
      while (!this.#mayEnter(isAlone)) {
        await this.#changed(signal);
        whileWaiting();
      }
    } finally {
      if (isAlone) this.#wantAlone--;
    }
    this.#running++;
    if (isAlone) this.#isAlone = true;
  }

  #mayEnter(isAlone: boolean): boolean {
    if (isAlone) return this.#running === 0;
    return !this.#isAlone && this.#wantAlone === 0;
  }

  async #changed(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => this.#waiting.push(resolve));
    const looking = new AbortController();
    try {
      await Promise.race([
        woken,
        sleep(lookMs, undefined, { signal: AbortSignal.any([signal, looking.signal]) }),
      ]);
    } finally {
      looking.abort();
    }
  }

  #wake(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }
}
