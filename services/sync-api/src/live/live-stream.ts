import { Readable } from "node:stream";
import type { StreamLimits } from "./stream-limits.ts";

/**
 * What one client is sent, as server-sent events (HTML standard, section 9.2).
 *
 *     opening --goLive()--> live --finish() | end()--> ending --all is taken--> closed
 *
 * The socket pulls: what is pending is asked for one event at a time, when the client takes it.
 */
export abstract class LiveStream extends Readable {
  readonly #limits: Pick<StreamLimits, "stalledHeartbeatsMax">;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #lifetime: NodeJS.Timeout;
  #state: "opening" | "live" | "ending" | "closed" = "opening";
  #lastWords: string | null = null;
  #isWanted = false;
  #stalledHeartbeats = 0;

  constructor(limits: StreamLimits) {
    super({ highWaterMark: 1 }); // one event ahead of the socket: the others stay replaceable
    this.#limits = limits;
    this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs).unref();
    this.#lifetime = setTimeout(() => this.end(), limits.lifetimeMs).unref();
    this.push(`retry: ${limits.retryMs}\n\n`);
  }

  /** Removes and gives the next event that is pending; null: none is. */
  protected abstract nextText(): string | null;
  protected abstract isAllTaken(): boolean;
  /** Nothing will be taken any more. */
  protected abstract forget(): void;
  /** All is taken, and more is wanted. */
  protected starve(): void {}

  protected get state(): "opening" | "live" | "ending" | "closed" {
    return this.#state;
  }

  protected goLive(): void {
    if (this.#state === "opening") this.#state = "live";
  }

  /** Nothing more comes: sends what is pending, then the last words, and closes. */
  protected finish(lastWords: string | null): void {
    this.#lastWords = lastWords;
    this.#state = "ending";
  }

  /** Sends what is pending, and closes. */
  end(): void {
    if (this.#state !== "closed") this.#state = "ending";
    this.flush();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#stalledHeartbeats = 0;
    this.flush();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#close();
    callback(error);
  }

  /** Sends what is pending as far as the client takes it. To be called when something is. */
  protected flush(): void {
    while (this.#isWanted) {
      const text = this.nextText();
      if (text === null) break;
      this.#isWanted = this.push(text);
    }
    if (this.#state === "ending" && this.isAllTaken()) this.#conclude();
    else if (this.#isWanted) this.starve();
  }

  #conclude(): void {
    if (this.#lastWords !== null) this.push(this.#lastWords);
    this.push(null);
    this.#close();
  }

  #beat(): void {
    if (this.readableLength === 0) this.push(": heartbeat\n\n");
    else if (++this.#stalledHeartbeats >= this.#limits.stalledHeartbeatsMax) this.destroy();
  }

  #close(): void {
    this.#state = "closed";
    this.forget();
    clearInterval(this.#heartbeat);
    clearTimeout(this.#lifetime);
  }
}

/** @param id where a client that has it resumes */
export const eventText = (event: string, id: string | null, data: unknown): string =>
  `event: ${event}\n${id === null ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
