import type { StepContext } from "@millrace/shared/runtime/step";

const lookMs = 1_000;

type GateContext = Pick<StepContext, "sleep" | "progressed">;

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
   * @param context is told about once a second, until it is let in, that the claim is still wanted
   */
  async run<T>(isAlone: boolean, context: GateContext, work: () => Promise<T>): Promise<T> {
    await this.#enter(isAlone, context);
    try {
      return await work();
    } finally {
      this.#running--;
      if (isAlone) this.#isAlone = false;
      this.#wake();
    }
  }

  async #enter(isAlone: boolean, { sleep, progressed }: GateContext): Promise<void> {
    if (isAlone) this.#wantAlone++;
    try {
      while (!this.#mayEnter(isAlone)) {
        await Promise.race([this.#changed(), sleep(lookMs)]);
        progressed();
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

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const wake of woken) wake();
  }
}
