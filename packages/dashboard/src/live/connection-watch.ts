import type { StreamState } from "@millrace/client";

/** live: every stream that is followed is there, and the newest request was answered; lost: for a while one was not. */
export type Connection = "live" | "lost";

/** A stream that is opened again within so long has lost nothing worth a word. */
const graceMs = 1_500;

/** Whether what is shown is live. What a stream tells is old while that one is away, whatever else is answered. */
export class ConnectionWatch {
  readonly #listeners = new Set<() => void>();
  readonly #interrupted = new Set<object>();
  #isAnswered = true;
  #current: Connection = "live";
  #losing: ReturnType<typeof setTimeout> | undefined;

  readonly current = (): Connection => this.#current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  noteRequest(isAnswered: boolean): void {
    this.#isAnswered = isAnswered;
    this.#judge(graceMs);
  }

  /**
   * A server that ends streams in order (their lifetime is over, it restarts) is asked again in a moment, and answers.
   *
   * @param stream whichever object stands for it, the same from its beginning to its end
   */
  noteStream(stream: object, state: StreamState): void {
    if (state.kind === "open") {
      this.#interrupted.delete(stream);
      this.#isAnswered = true;
      this.#judge(graceMs);
    } else {
      this.#interrupted.add(stream);
      this.#judge(state.error === null ? state.retryInMs + graceMs : graceMs);
    }
  }

  /** Nobody follows it any more. */
  forgetStream(stream: object): void {
    if (this.#interrupted.delete(stream)) this.#judge(graceMs);
  }

  #judge(waitMs: number): void {
    if (this.#isAnswered && this.#interrupted.size === 0) this.#set("live");
    else this.#losing ??= setTimeout(() => this.#set("lost"), waitMs);
  }

  #set(next: Connection): void {
    clearTimeout(this.#losing);
    this.#losing = undefined;
    if (this.#current === next) return;
    this.#current = next;
    for (const listener of this.#listeners) listener();
  }
}
