/** A process of a service: what dies at once, and what is told to stop. */
export class SimulatedProcess {
  readonly name: string;
  /** Killed: nothing of it goes on. */
  isDead = false;
  /** Told to stop: it claims nothing more. */
  isStopping = false;
  /** Deliveries that it works on. */
  busy = 0;
  readonly #stop = new AbortController();
  #onAbort: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Aborted when it has to give up what can be done again. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  onAbort(listener: () => void): void {
    this.#onAbort.push(listener);
  }

  abort(): void {
    this.isStopping = true;
    this.#stop.abort();
    for (const listener of this.#onAbort) listener();
    this.#onAbort = [];
  }
}
