import { backoffMs } from "@millrace/shared/runtime/backoff";
import type { Logger } from "@millrace/shared/runtime/create-logger";
import { LiveStream } from "./live-stream.ts";
import type { StreamLimits } from "./stream-limits.ts";

/** What is new since it was read last. */
export interface Reading {
  /** Server-sent events, as text. */
  readonly events: readonly string[];
  /** There is more, to be read when the client has taken these. */
  readonly isMore: boolean;
  /** Nothing will come after this and these last words. */
  readonly lastWords: string | null;
}

/** Knows where its client is, and reads what comes next. */
export interface StreamSource {
  /**
   * @param rungAtMs when something happened that was not read yet; 0: nothing that is known
   * @throws what is to be the client's answer the first time; later it is tried again
   */
  read(rungAtMs: number): Promise<Reading>;
}

export interface Pace {
  /** Not more often. */
  readonly everyMsMin: number;
  /** Also when nobody rings; null: only then. */
  readonly everyMsMax: number | null;
}

export interface PolledStreamOptions {
  readonly source: StreamSource;
  readonly pace: Pace;
  readonly limits: StreamLimits;
  readonly log: Logger;
}

const retryBackoff = { baseMs: 200, capMs: 5_000 };

/**
 * A stream that reads when its client has taken what was read before, and something has happened since. So memory holds one
 * reading whatever happens, a slow client gets fewer and newer states, and resuming is the same as going on.
 */
export class PolledStream extends LiveStream {
  readonly #source: StreamSource;
  readonly #pace: Pace;
  readonly #log: Logger;
  #pending: string[] = [];
  /** When something happened that was not read yet; 0: nothing that is known. */
  #rungAtMs = 0;
  #isReading = false;
  #readAtMs = 0;
  #failures = 0;
  /** After a failure. */
  #notBeforeMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ source, pace, limits, log }: PolledStreamOptions) {
    super(limits);
    this.#source = source;
    this.#pace = pace;
    this.#log = log;
  }

  /**
   * Reads where the stream begins. To be called once, when it can be rung.
   *
   * @throws what the source throws
   */
  async begin(): Promise<void> {
    this.#isReading = true;
    const reading = await this.#source.read(0);
    this.goLive();
    this.#accept(reading, 0);
  }

  /** Something may have happened. */
  ring(): void {
    this.#rungAtMs = Date.now();
    this.flush();
  }

  protected override nextText(): string | null {
    return this.#pending.shift() ?? null;
  }

  protected override isAllTaken(): boolean {
    return this.#pending.length === 0;
  }

  protected override forget(): void {
    this.#pending = [];
    clearTimeout(this.#timer);
  }

  protected override starve(): void {
    if (this.state !== "live" || this.#isReading) return;
    const { everyMsMin, everyMsMax } = this.#pace;
    const everyMs = this.#rungAtMs > 0 ? everyMsMin : everyMsMax;
    if (everyMs === null) return;
    const waitMs = Math.max(this.#readAtMs + everyMs, this.#notBeforeMs) - Date.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#readNext(), Math.max(waitMs, 0)).unref();
  }

  async #readNext(): Promise<void> {
    if (this.state !== "live" || this.#isReading) return;
    this.#isReading = true;
    const rungAtMs = this.#rungAtMs;
    this.#rungAtMs = 0;
    try {
      const reading = await this.#source.read(rungAtMs);
      this.#failures = 0;
      this.#accept(reading, rungAtMs);
    } catch (err) {
      this.#failures++;
      this.#notBeforeMs = Date.now() + backoffMs(this.#failures, Math.random(), retryBackoff);
      this.#rungAtMs ||= rungAtMs || Date.now();
      this.#log.warn({ err, failures: this.#failures }, "cannot read what a live stream shows, trying again");
      this.#rest();
      this.flush();
    }
  }

  #accept({ events, isMore, lastWords }: Reading, rungAtMs: number): void {
    this.#rest();
    if (this.state === "live") {
      this.#pending.push(...events);
      if (isMore) this.#rungAtMs ||= rungAtMs || Date.now();
      if (lastWords !== null) this.finish(lastWords);
    }
    this.flush();
  }

  #rest(): void {
    this.#isReading = false;
    this.#readAtMs = Date.now();
  }
}
