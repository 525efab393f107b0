import type { Overview } from "../resources/overview.ts";
import type { Whose } from "./owners.ts";

/** However many watch, it is not read more often, */
const everyMsMin = 1_000;
/** and takes the database no more than a fifth of the time. */
const restFactor = 5;
const everyMsMax = 30_000;

interface Shown {
  readonly beganMs: number;
  readonly reading: Promise<Overview>;
  /** Until then it is shown to whoever asks. */
  untilMs: number;
}

/** The overview as all who watch it are shown it: read once for all of a tenant's. */
export class OverviewFeed {
  readonly #read: (whose: Whose) => Promise<Overview>;
  readonly #shown = new Map<Whose, Shown>();

  constructor(read: (whose: Whose) => Promise<Overview>) {
    this.#read = read;
  }

  /** @returns an overview, and when it was begun to be read: what has happened since may not be in it */
  async now(whose: Whose): Promise<{ readonly overview: Overview; readonly beganMs: number }> {
    const last = this.#shown.get(whose);
    const shown = last !== undefined && Date.now() < last.untilMs ? last : this.#readAnew(whose);
    return { overview: await shown.reading, beganMs: shown.beganMs };
  }

  #readAnew(whose: Whose): Shown {
    const beganMs = Date.now();
    const reading = this.#read(whose);
    const shown: Shown = { beganMs, reading, untilMs: Number.POSITIVE_INFINITY };
    this.#shown.set(whose, shown);
    reading.then(
      () => {
        const tookMs = Date.now() - beganMs;
        const showMs = Math.min(Math.max(everyMsMin, restFactor * tookMs), everyMsMax);
        shown.untilMs = beganMs + showMs;
        setTimeout(() => this.#forget(whose, shown), showMs).unref();
      },
      () => this.#forget(whose, shown), // whoever comes next tries again
    );
    return shown;
  }

  #forget(whose: Whose, shown: Shown): void {
    if (this.#shown.get(whose) === shown) this.#shown.delete(whose);
  }
}
