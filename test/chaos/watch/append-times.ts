import { eventStream } from "@millrace/shared/nats/topology";
import { DeliverPolicy, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { pause } from "../world/pause.ts";

const collectEveryMs = 3_000;
const collectMsMax = 10_000;
const fetchMax = 5_000;
const fetchMs = 2_000;

/** When the log took each of its facts, by the broker's clock. */
export class AppendTimes {
  readonly #js: JetStreamClient;
  readonly #jsm: JetStreamManager;
  readonly #timesMs: number[] = [];
  /** A log that was deleted and made anew counts from one. */
  #created = "";
  #nextSeq = 1;
  #collecting: Promise<void> | null = null;

  constructor(js: JetStreamClient, jsm: JetStreamManager) {
    this.#js = js;
    this.#jsm = jsm;
  }

  /** Remembers what was appended since it was called last. What cannot be read now is read the next time. */
  collect(): Promise<void> {
    this.#collecting ??= this.#collect()
      .catch(() => undefined)
      .finally(() => {
        this.#collecting = null;
      });
    return this.#collecting;
  }

  async collectUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.collect();
      await pause(collectEveryMs, signal);
    }
  }

  /** Milliseconds since 1970, in order. */
  timesMs(): readonly number[] {
    return this.#timesMs.toSorted((a, b) => a - b);
  }

  async #collect(): Promise<void> {
    const deadline = Date.now() + collectMsMax;
    const { created, state } = await this.#jsm.streams.info(eventStream.name);
    if (created !== this.#created) this.#nextSeq = 1;
    this.#created = created;
    if (state.last_seq < this.#nextSeq) return;
    const consumer = await this.#js.consumers.get(eventStream.name, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#nextSeq,
      headers_only: true,
    });
    try {
      while (this.#nextSeq <= state.last_seq && Date.now() < deadline) {
        const missing = Math.min(fetchMax, state.last_seq - this.#nextSeq + 1);
        const messages = await consumer.fetch({ max_messages: missing, expires: fetchMs });
        for await (const message of messages) {
          this.#timesMs.push(message.time.getTime());
          this.#nextSeq = message.seq + 1;
        }
      }
    } finally {
      await consumer.delete().catch(() => undefined);
    }
  }
}
