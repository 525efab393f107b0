import type { Scheduler } from "../engine/scheduler.ts";
import type { MemoryStream, StoredMessage } from "./memory-stream.ts";

interface Entry {
  readonly seq: number;
  /** How often it was delivered. */
  deliveries: number;
  /** waiting: handed back, for later. */
  state: "pending" | "claimed" | "waiting";
  deadlineMs: number;
}

export interface Claim {
  readonly message: StoredMessage;
  readonly deliveryCount: number;
}

export interface ConsumerSpec {
  readonly name: string;
  readonly stream: MemoryStream;
  /** What its messages' subjects begin with. */
  readonly prefix: string;
  /** An acknowledged message leaves the stream. */
  readonly isWorkQueue: boolean;
  readonly ackWaitMs: number;
}

/**
 * A durable consumer with explicit acknowledgement. As in JetStream an acknowledgement names a message and not a
 * delivery: a late one of a worker that was given up counts as well.
 */
export class MemoryConsumer {
  readonly spec: ConsumerSpec;
  readonly #scheduler: Scheduler;
  readonly #entries = new Map<number, Entry>();
  readonly #pending: Entry[] = [];

  constructor(spec: ConsumerSpec, scheduler: Scheduler) {
    this.spec = spec;
    this.#scheduler = scheduler;
  }

  /** Takes a message in, when it is one of its own. */
  offer({ seq, subject }: StoredMessage): void {
    if (!subject.startsWith(this.spec.prefix)) return;
    const entry: Entry = { seq, deliveries: 0, state: "pending", deadlineMs: 0 };
    this.#entries.set(seq, entry);
    this.#pending.push(entry);
  }

  /** How many could be delivered now. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** How many are not acknowledged. */
  get unsettledCount(): number {
    return this.#entries.size;
  }

  isUnsettled(seq: number): boolean {
    return this.#entries.has(seq);
  }

  /** Delivers one of those that wait, the oldest being 0. */
  claim(index: number): Claim | null {
    const [entry] = this.#pending.splice(index, 1);
    if (entry === undefined) return null;
    const message = this.spec.stream.messages.get(entry.seq);
    if (message === undefined) {
      this.#entries.delete(entry.seq);
      return null;
    }
    entry.deliveries++;
    entry.state = "claimed";
    this.#extend(entry);
    this.#watch(entry);
    return { message, deliveryCount: entry.deliveries };
  }

  ack(seq: number): void {
    const entry = this.#entries.get(seq);
    if (entry === undefined || entry.deliveries === 0) return;
    this.#remove(entry);
    if (this.spec.isWorkQueue) this.spec.stream.delete(seq);
  }

  /** Hands a message back, to be delivered again after a while. */
  nak(seq: number, delayMs: number): void {
    const entry = this.#entries.get(seq);
    if (entry === undefined || entry.state !== "claimed") return;
    entry.state = "waiting";
    this.#scheduler.at(this.#scheduler.nowMs + delayMs, null, () => {
      if (this.#entries.get(seq) === entry && entry.state === "waiting") this.#requeue(entry);
    });
  }

  /** Keeps a claim. */
  working(seq: number): void {
    const entry = this.#entries.get(seq);
    if (entry?.state === "claimed") this.#extend(entry);
  }

  /** Delivers a message again that was acknowledged: the broker was killed before that was on its disk. */
  redeliver(message: StoredMessage): void {
    if (this.#entries.has(message.seq)) return;
    this.offer(message);
    const entry = this.#entries.get(message.seq);
    if (entry !== undefined) entry.deliveries = 1;
  }

  /** Made anew: delivers all that the stream has, as if for the first time. */
  recreate(): void {
    this.#entries.clear();
    this.#pending.length = 0;
    for (const message of this.spec.stream.messages.values()) this.offer(message);
  }

  /** Forgets messages that the stream has lost. */
  forgetLost(): void {
    for (const entry of [...this.#entries.values()]) {
      if (!this.spec.stream.messages.has(entry.seq)) this.#remove(entry);
    }
  }

  #extend(entry: Entry): void {
    entry.deadlineMs = this.#scheduler.nowMs + this.spec.ackWaitMs;
  }

  #watch(entry: Entry): void {
    const { deliveries } = entry;
    this.#scheduler.at(entry.deadlineMs, null, () => {
      const isSame = this.#entries.get(entry.seq) === entry && entry.deliveries === deliveries;
      if (!isSame || entry.state !== "claimed") return;
      if (entry.deadlineMs > this.#scheduler.nowMs) this.#watch(entry);
      else this.#requeue(entry);
    });
  }

  #requeue(entry: Entry): void {
    entry.state = "pending";
    this.#pending.push(entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.seq);
    const at = this.#pending.indexOf(entry);
    if (at >= 0) this.#pending.splice(at, 1);
  }
}
